// SPDX-License-Identifier: Apache-2.0
// A tensor is found by its name after --map, or, where an exporter left it only a number, by the name its module gives it.
#include "plan/sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "plan/module_name.hpp"
#include "plan/rename.hpp"
#include "plan/same_values.hpp"

namespace evenkeel {
namespace {

bool is_table(Role role) { return role == Role::embedding || role == Role::position_embedding; }

bool is_part_of_computation(Role role) { return role == Role::constant || role == Role::quantized; }

// The owner's values, read along the other axis.
bool is_transposed_view(const View& view) {
  return view.strides.size() == 2 && view.global.size() == 2 && view.strides[0] == 1 && view.strides[1] == view.global[1];
}

// A module keeps its matrix as (out, in).
bool is_turned(const Parameter* parameter) { return parameter != nullptr && parameter->geometry.layout == "IO"; }

bool has_folded_norm(const Parameter& parameter) { return parameter.folded_norm && has_fans(parameter.geometry.role); }

}  // namespace

Sources::Sources(const Graph& graph, const Subjects& subjects, const PlanOptions& options)
    : graph_(graph), subjects_(subjects), options_(options), file_(*options.from) {
  read_file();
  find_module_names();
  for (const std::string& glob : options.extend) {
    const auto& targets = subjects.targets();
    if (std::any_of(targets.begin(), targets.end(), [&](const Target& t) { return matches_target(glob, t); })) continue;
    fail(ErrorCode::invalid_argument, fmt::format("--extend {}: expected a glob that fits a tensor, found no match among {} tensors{}",
                                                  glob, targets.size(), suggestion(glob, names_of(targets))));
  }
  find_vocabularies();
}

void Sources::read_file() {
  std::map<TensorId, const Parameter*> parameters;
  if (file_.analysis != nullptr) {
    for (const Parameter& p : file_.analysis->parameters) parameters.emplace(p.tensor, &p);
  }
  std::vector<std::string> names;
  for (std::size_t t = 0; t < file_.graph->tensors.size(); ++t) {
    const auto id = static_cast<TensorId>(t);
    const auto found = parameters.find(id);
    if (!file_.weights->has_values(id)) continue;
    names.push_back(file_.graph->tensors[t].name);
    stored_.push_back({id, names.back(), {}, {}, found == parameters.end() ? nullptr : found->second, false});
  }
  const std::vector<std::string> renamed = RenameRules(options_.map).renamed(names);
  for (std::size_t s = 0; s < stored_.size(); ++s) {
    stored_[s].renamed = renamed[s];
    by_name_.emplace(renamed[s], s);
  }
}

void Sources::find_module_names() {
  // Several weights of one module: nobody knows which is which.
  std::map<std::string, std::vector<std::size_t>> here, there;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    for (const std::string& name : module_names_of(subjects_.parameter(i))) here[name].push_back(i);
  }
  for (const auto& [name, places] : here) {
    if (places.size() == 1) module_names_[places[0]].push_back(name);
  }
  for (std::size_t s = 0; s < stored_.size(); ++s) {
    stored_[s].numbered = stored_[s].parameter != nullptr && stored_[s].renamed == stored_[s].name && is_numbered(stored_[s].name);
    if (!stored_[s].numbered) continue;
    for (const std::string& name : module_names_of(*stored_[s].parameter)) there[name].push_back(s);
  }
  for (const auto& [name, found] : there) {
    if (found.size() == 1) by_module_.emplace(name, found[0]);
  }
}

// Embeddings that grow tell the sizes of the vocabulary, there and here; heads and their biases of the same sizes grow with them.
void Sources::find_vocabularies() {
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_.owner(i) != i || subjects_.parameter(i).geometry.role != Role::embedding) continue;
    const auto source = source_of(i);
    if (!source || source->status != SourceStatus::extended) continue;
    const Shape& shape = tensor(i).shape;
    const StoredRows rows = *stored_rows_of(shape, *source);
    vocabularies_.emplace(rows.rows, shape[rows.axis]);
  }
}

const StoredTensor& Sources::tensor_of(const Stored& stored) const { return file_.graph->tensors[static_cast<std::size_t>(stored.tensor)]; }

const StoredTensor& Sources::tensor(std::size_t i) const { return graph_.tensors[static_cast<std::size_t>(subjects_.parameter(i).tensor)]; }

std::optional<Sources::Match> Sources::match_by_module(std::size_t i) const {
  const auto found = module_names_.find(i);
  if (found == module_names_.end()) return std::nullopt;
  const Parameter& p = subjects_.parameter(i);
  if (p.folded_norm) return std::nullopt;  // the module's values are multiplied into others, and stand nowhere as they were
  // Stored under the module's name: as the module keeps it. Numbered there too: as the layer there reads it.
  const bool turned = is_turned(&p) && is_numbered(subjects_.name(i));
  for (const std::string& name : found->second) {
    if (const auto plain = by_name_.find(name); plain != by_name_.end()) return Match{plain->second, turned, true};
    const auto numbered = by_module_.find(name);
    if (numbered != by_module_.end()) return Match{numbered->second, is_turned(&p) != is_turned(stored_[numbered->second].parameter), true};
  }
  return std::nullopt;
}

std::optional<Sources::Match> Sources::match_of(std::size_t i) const {
  const std::string name(subjects_.name(i));
  const bool numbered = is_numbered(name);
  if (numbered) {
    if (const auto match = match_by_module(i)) return match;
  }
  const Parameter& p = subjects_.parameter(i);
  if (const auto exact = by_name_.find(name); exact != by_name_.end()) {
    const Stored& stored = stored_[exact->second];
    const auto is_matrix = [](const Geometry& g) { return g.layout == "IO" || g.layout == "OI"; };
    const bool known = stored.parameter != nullptr && is_matrix(stored.parameter->geometry) && is_matrix(p.geometry);
    // Of two numbers that are equal, where both files tell the modules, the modules differ.
    const bool elsewhere = stored.numbered && module_names_.contains(i) && !module_names_of(*stored.parameter).empty();
    if (!elsewhere) return Match{exact->second, known && is_turned(stored.parameter) != is_turned(&p), false};
  }
  if (const auto found = by_module_.find(name); found != by_module_.end())
    return Match{found->second, is_turned(stored_[found->second].parameter) != (is_turned(&p) && !graph_.names_only), true};
  return numbered ? std::nullopt : match_by_module(i);
}

std::vector<Sources::Match> Sources::matches_of(std::size_t owner) const {
  std::vector<Match> matches;
  std::vector<std::size_t> members = subjects_.tied(owner);
  std::stable_partition(members.begin(), members.end(), [owner](std::size_t i) { return i == owner; });
  for (const std::size_t i : members) {
    std::optional<Match> match = match_of(i);
    if (!match) continue;
    const View& view = subjects_.parameter(i).view;
    if (i != owner && !view.is_identity() && is_transposed_view(view))
      match->transposed = !match->transposed;
    else if (i != owner && tensor(i).shape != tensor(owner).shape)
      continue;
    matches.push_back(*match);
  }
  return matches;
}

bool Sources::may_take(std::size_t owner) const {
  return graph_.names_only || !is_part_of_computation(subjects_.parameter(owner).geometry.role);
}

bool Sources::may_extend(std::size_t owner, const StoredRows& rows, std::int64_t wanted) const {
  const std::vector<std::size_t>& group = subjects_.tied(owner);
  const auto any = [&](auto fits) { return std::any_of(group.begin(), group.end(), fits); };
  for (const std::string& glob : options_.extend) {
    if (any([&](std::size_t i) { return matches_target(glob, subjects_.target(i)); })) return true;
  }
  const Geometry& geometry = subjects_.parameter(owner).geometry;
  const std::string& layout = geometry.layout;
  if (geometry.role == Role::embedding) return layout.empty() ? rows.axis == 0 : rows.axis < layout.size() && layout[rows.axis] == 'V';
  if (is_table(geometry.role)) return rows.axis + 2 >= geometry.shape.size() && rows.axis + 1 < geometry.shape.size();
  if (!vocabularies_.contains({rows.rows, wanted})) return false;
  if (geometry.role == Role::bias) return true;
  return geometry.role == Role::dense && rows.axis < layout.size() && layout[rows.axis] == 'O';
}

// Folding a norm into a convolution gives it a bias, or changes the one it has: weight and bias are of use together only.
std::string Sources::folding_apart(std::size_t owner, const Match& match) const {
  const Parameter& p = subjects_.parameter(owner);
  const Stored& stored = stored_[match.stored];
  const bool here = has_folded_norm(p), there = stored.parameter != nullptr && has_folded_norm(*stored.parameter);
  if (here == there) return "";
  if (here) {
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (subjects_.parameter(i).bias_of == p.tensor && match_of(i)) return "";
    }
    return "a batch normalization is folded into it here, which the file keeps apart";
  }
  for (const Stored& other : stored_) {
    if (other.parameter == nullptr || other.parameter->bias_of != stored.tensor) continue;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (subjects_.name(i) == other.renamed) return "";
    }
  }
  return "a batch normalization is folded into it in the file, which the model keeps apart";
}

EntrySource Sources::judged(std::size_t owner, const Match& match) const {
  const StoredTensor& wanted = tensor(owner);
  const StoredTensor& stored = tensor_of(stored_[match.stored]);
  EntrySource source{SourceStatus::unfit, stored.name, stored.shape, stored.dtype, match.transposed && stored.shape.size() == 2, {}};
  const bool both_floating = is_floating(wanted.dtype) && is_floating(stored.dtype);
  if (wanted.dtype != stored.dtype && !both_floating) {
    source.why = fmt::format("stored {}, wanted {}", to_string(stored.dtype), to_string(wanted.dtype));
    return source;
  }
  source.why = folding_apart(owner, match);
  if (!source.why.empty()) return source;
  if (size_of(wanted.dtype) == 0) {
    source.why = "its element type can only be copied";
    return source;
  }
  Shape shape = stored.shape;
  if (source.transposed) std::reverse(shape.begin(), shape.end());
  if (shape == wanted.shape) {
    source.status = SourceStatus::taken;
    return source;
  }
  source.why = fmt::format("stored {}, wanted {}{}", to_string(stored.shape), to_string(wanted.shape),
                           source.transposed && stored.shape[0] != stored.shape[1] ? " after transposing" : "");
  const std::optional<StoredRows> rows = stored_rows_of(wanted.shape, source);
  if (!rows || rows->rows == 0 || !is_floating(wanted.dtype)) return source;
  if (may_extend(owner, *rows, wanted.shape[rows->axis])) {
    source.status = SourceStatus::extended;
    source.why.clear();
  }
  return source;
}

std::optional<EntrySource> Sources::source_of(std::size_t owner) const {
  if (!may_take(owner)) return std::nullopt;
  std::optional<EntrySource> best;
  for (const Match& match : matches_of(owner)) {
    const EntrySource source = judged(owner, match);
    if (!best || source.status < best->status) best = source;
  }
  if (best) return best;
  return EntrySource{};
}

void Sources::claim(std::size_t owner) {
  const std::vector<Match> matches = matches_of(owner);
  for (const Match& match : matches) stored_[match.stored].claimed = true;
}

bool Sources::holds_the_same(std::size_t owner, const Match& a, const Match& b) const {
  const bool turned = a.transposed != b.transposed && tensor(owner).shape.size() == 2;
  return same_values(*file_.graph, *file_.weights, stored_[a.stored].tensor, stored_[b.stored].tensor, turned);
}

}  // namespace evenkeel
