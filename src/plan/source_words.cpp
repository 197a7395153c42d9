// SPDX-License-Identifier: Apache-2.0
// What is said about a file that values are taken from: per tensor, and for all of it.
#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "plan/map_suggestion.hpp"
#include "plan/module_name.hpp"
#include "plan/sources.hpp"

namespace evenkeel {
namespace {

std::string listed(const std::vector<std::string>& names, std::size_t most = 3) {
  const std::size_t shown = std::min(most, names.size());
  const std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

std::string conversion_words(DType from, DType to) {
  if (from == to) return "";
  const bool narrower =
      size_of(to) < size_of(from) || (from == DType::bf16 && to == DType::f16) || (from == DType::f16 && to == DType::bf16);
  return narrower ? fmt::format(" ({}, rounded once to {})", to_string(from), to_string(to))
                  : fmt::format(" ({}, exact in {})", to_string(from), to_string(to));
}

}  // namespace

std::string Sources::words_of(const EntrySource& source, std::size_t owner) const {
  const StoredTensor& wanted = tensor(owner);
  const std::string from = source.name + (source.transposed ? ", transposed" : "") + conversion_words(source.dtype, wanted.dtype);
  switch (source.status) {
    case SourceStatus::taken:
      return fmt::format("Taken from {}.", from);
    case SourceStatus::extended: {
      const StoredRows rows = *stored_rows_of(wanted.shape, source);
      return fmt::format("{} of {} along axis {} are taken from {}; the other {} are new. ", rows.rows, wanted.shape[rows.axis], rows.axis,
                         from, wanted.shape[rows.axis] - rows.rows);
    }
    case SourceStatus::fresh:
      return "New: the file has no such tensor. ";
    case SourceStatus::unfit:
      return fmt::format("Did not fit: {}{}. ", source.why,
                         is_floating(source.dtype) && stored_rows_of(wanted.shape, source) ? " (--extend takes the stored rows)" : "");
  }
  return "";
}

// What no recipe knows, whole numbers above all, is taken only where no graph computes with it.
std::vector<PlanEntry> Sources::other_entries() {
  std::set<TensorId> known;
  for (std::size_t i = 0; i < subjects_.size(); ++i) known.insert(subjects_.parameter(i).tensor);
  std::vector<PlanEntry> entries;
  for (std::size_t t = 0; t < graph_.tensors.size(); ++t) {
    const StoredTensor& wanted = graph_.tensors[t];
    const auto found = by_name_.find(wanted.name);
    if (known.contains(static_cast<TensorId>(t)) || found == by_name_.end()) continue;
    Stored& stored = stored_[found->second];
    stored.claimed = true;
    const bool asked = options_.only.empty() || std::any_of(options_.only.begin(), options_.only.end(),
                                                            [&](const std::string& glob) { return matches_glob(glob, wanted.name); });
    if (!graph_.names_only || !asked) continue;
    const StoredTensor& there = tensor_of(stored);
    const bool fits = there.shape == wanted.shape && there.dtype == wanted.dtype && size_of(wanted.dtype) > 0;
    PlanEntry entry;
    entry.name = entry.stream = wanted.name;
    entry.geometry.role = Role::constant;
    entry.geometry.shape = wanted.shape;
    entry.dtype = wanted.dtype;
    entry.scheme = keep_scheme();
    entry.source = EntrySource{fits ? SourceStatus::taken : SourceStatus::unfit, there.name, there.shape, there.dtype, false, {}};
    if (!fits) {
      entry.source->why = fmt::format("stored {} {}, wanted {} {}", to_string(there.dtype), to_string(there.shape), to_string(wanted.dtype),
                                      to_string(wanted.shape));
    }
    entry.rule = "--from";
    entry.reason = fits ? fmt::format("Taken from {}.", there.name) : fmt::format("Did not fit: {}. Stays as stored.", entry.source->why);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<std::string> Sources::unused() const {
  std::vector<std::string> names;
  for (const Stored& stored : stored_) {
    const bool constant = file_.analysis != nullptr && (stored.parameter == nullptr || stored.parameter->geometry.role == Role::constant);
    if (!stored.claimed && !constant) names.push_back(stored.name);
  }
  return names;
}

std::string Sources::map_advice(const Plan& plan, bool nothing_fits) const {
  std::vector<NamedShape> wanted, left;
  for (const PlanEntry& entry : plan.parameters) {
    if (!entry.source || entry.source->status != SourceStatus::fresh) continue;
    wanted.push_back({entry.name, entry.geometry.shape});
  }
  for (const Stored& stored : stored_) {
    if (!stored.claimed) left.push_back({stored.name, tensor_of(stored).shape});
  }
  const std::optional<MapSuggestion> advice = suggest_map(wanted, left);
  // Of a file that has little in common with the model, some bias fits some other by chance.
  if (!advice || (nothing_fits && advice->count * 4 < wanted.size())) return "";
  return fmt::format("--map '{}' would make {}{} fit", advice->rule, advice->count, nothing_fits ? "" : " more");
}

std::vector<std::string> Sources::warnings(const Plan& plan) const {
  const bool nothing = std::none_of(plan.parameters.begin(), plan.parameters.end(), needs_source);
  const std::string advice = map_advice(plan, nothing);
  const std::vector<std::string> left = unused();
  if (nothing) {
    std::vector<std::string> wanted, stored, unfit;
    for (const PlanEntry& e : plan.parameters) {
      if (!e.source) continue;
      wanted.push_back(e.name);
      if (e.source->status == SourceStatus::unfit) unfit.push_back(fmt::format("{} ({})", e.name, e.source->why));
    }
    for (const Stored& s : stored_) stored.push_back(s.renamed);
    if (wanted.empty()) {
      fail(ErrorCode::invalid_argument,
           fmt::format("--from {}: nothing is left to take: every tensor is quantized, a fixed number of the graph, or decided by --only, "
                       "--set or --keep-statistics; leave --from out, or let those fit fewer",
                       file_.name));
    }
    fail(ErrorCode::invalid_argument,
         fmt::format("--from {}: no tensor fits; the model asks for {}; the file holds {}{}; {}", file_.name, listed(wanted),
                     stored.empty() ? "none" : listed(stored), unfit.empty() ? "" : fmt::format("; did not fit: {}", listed(unfit)),
                     advice.empty() ? "check that it is the right file, or rename with --map FROM=TO" : advice));
  }
  std::vector<std::string> said;
  if (!left.empty()) {
    said.push_back(fmt::format("{} stored tensor{} not used: {}.{}", left.size(), left.size() == 1 ? " was" : "s were", listed(left),
                               advice.empty() ? "" : " " + advice + "."));
  }
  std::vector<std::string> numbered, fixed;
  for (const PlanEntry& e : plan.parameters) {
    if (needs_source(e) && is_numbered(e.source->name) && e.source->name == e.name) numbered.push_back(e.name);
  }
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_.owner(i) != i) continue;
    const std::vector<Match> matches = matches_of(i);
    for (const Match& match : matches) {
      const Parameter* there = stored_[match.stored].parameter;
      const bool agreed = there != nullptr && there->geometry.role == subjects_.parameter(i).geometry.role;
      if (!may_take(i) && !agreed) fixed.push_back(std::string(subjects_.name(i)));
      if (!may_take(i) || holds_the_same(i, matches.front(), match)) continue;
      said.push_back(
          fmt::format("The file holds other values under {} than under {}, which are one tensor in the model ({}); those of {} "
                      "count. With --untie {} both are taken.",
                      stored_[match.stored].name, stored_[matches.front().stored].name, subjects_.name(i),
                      stored_[matches.front().stored].name, subjects_.name(i)));
    }
  }
  if (!numbered.empty()) {
    said.push_back(
        fmt::format("{} tensor{} matched by a number that an exporter gave ({}): right only where both files come from one way of "
                    "exporting one model.",
                    numbered.size(), numbered.size() == 1 ? " was" : "s were", listed(numbered)));
  }
  if (!fixed.empty()) {
    said.push_back(fmt::format("{} stored tensor{} for fixed numbers of the model's graph, which stay as they are: {}.", fixed.size(),
                               fixed.size() == 1 ? " stands" : "s stand", listed(fixed)));
  }
  return said;
}

}  // namespace evenkeel
