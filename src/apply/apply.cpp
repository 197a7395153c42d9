// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/apply/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "apply/producer.hpp"
#include "apply/take.hpp"
#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

using Entries = std::map<std::string_view, const PlanEntry*>;

Entries entries_of(const Plan& plan) {
  Entries entries;
  for (const PlanEntry& entry : plan.parameters) entries.emplace(entry.name, &entry);
  return entries;
}

const PlanEntry* find_entry(const Entries& entries, const std::string& name) {
  const auto found = entries.find(name);
  return found == entries.end() ? nullptr : found->second;
}

std::string some_of(const std::vector<std::string>& names) {
  const std::size_t most = std::min<std::size_t>(3, names.size());
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(most), ", "),
                     names.size() > most ? ", ..." : "");
}

bool is_plannable(const StoredTensor& tensor) { return is_floating(tensor.dtype) && !tensor.shape.empty(); }

void check_tensor(const PlanEntry& entry, const StoredTensor& tensor, const std::string& model) {
  if (entry.geometry.shape != tensor.shape) {
    fail(ErrorCode::invalid_argument,
         fmt::format("plan and model do not fit: {} has shape {} in {}, the plan expects {}; plan this model anew", entry.name,
                     to_string(tensor.shape), model, to_string(entry.geometry.shape)));
  }
  if (entry.dtype != tensor.dtype) {
    fail(ErrorCode::invalid_argument, fmt::format("plan and model do not fit: {} holds {} in {}, the plan expects {}; plan this model anew",
                                                  entry.name, to_string(tensor.dtype), model, to_string(entry.dtype)));
  }
}

// What an Identity node's output, or a part of a tensor taken apart, shows once its source has got new values.
enum class AliasFate { follows_source, own_values, old_values, untouched };

/// Whether an entry gets other bytes than the model has. `carried`: what it takes is there already.
bool changes(const PlanEntry& entry, bool carried) { return !is_kept(entry) || (is_taken(entry) && !carried); }

AliasFate fate_of(const PlanEntry& alias, const PlanEntry* source, bool carried) {
  const bool source_changes = source != nullptr && changes(*source, carried);
  if (!changes(alias, carried)) return source_changes ? AliasFate::old_values : AliasFate::untouched;
  const bool takes = needs_source(alias);
  if (!source_changes || alias.scheme != source->scheme || takes != needs_source(*source)) return AliasFate::own_values;
  if (takes && alias.source != source->source) return AliasFate::own_values;
  const bool whole = alias.view.is_identity() || (alias.view.offset == 0 && alias.view.strides == row_major_strides(alias.geometry.shape));
  const bool same_stream = alias.stream == source->stream && whole && source->view.is_identity();
  return same_stream || (!takes && alias.std == 0) ? AliasFate::follows_source : AliasFate::own_values;
}

class Writer {
 public:
  Writer(const Plan& plan, const Model& model, const ApplyOptions& options)
      : plan_(plan), model_(model), options_(options), carried_(options.from == nullptr), entries_(entries_of(plan)) {}

  void collect() {
    for (std::size_t t = 0; t < model_.graph.tensors.size(); ++t) {
      const StoredTensor& tensor = model_.graph.tensors[t];
      const PlanEntry* entry = find_entry(entries_, tensor.name);
      if (entry != nullptr) add(static_cast<TensorId>(t), tensor, *entry);
    }
  }

  [[nodiscard]] const std::vector<Replacement>& replacements() const noexcept { return replacements_; }
  [[nodiscard]] const std::vector<Split>& splits() const noexcept { return splits_; }
  [[nodiscard]] const ApplyResult& result() const noexcept { return result_; }
  /// Taken tensors, once they are written, in which a value is NaN or infinite.
  [[nodiscard]] std::vector<std::string> not_finite() const {
    std::vector<std::string> names;
    for (const auto& [name, seen] : not_finite_) {
      if (seen->load()) names.push_back(name);
    }
    return names;
  }

 private:
  void add(TensorId id, const StoredTensor& tensor, const PlanEntry& entry) {
    AliasFate fate = changes(entry, carried_) ? AliasFate::own_values : AliasFate::untouched;
    if (tensor.alias_of != absent) {
      fate = fate_of(entry, find_entry(entries_, model_.graph.tensors[static_cast<std::size_t>(tensor.alias_of)].name), carried_);
    }
    is_taken(entry) ? ++result_.tensors_taken : is_kept(entry) ? ++result_.tensors_kept : ++result_.tensors_written;
    if (fate == AliasFate::untouched || fate == AliasFate::follows_source) return;
    if (fate == AliasFate::old_values) {
      put(id, tensor, stored(model_.weights, id));
      return;
    }
    const std::int64_t count = element_count(tensor.shape);
    result_.elements_written += count;
    result_.bytes_written += count * static_cast<std::int64_t>(size_of(tensor.dtype));
    put(id, tensor, producer_of(id, tensor, entry));
  }

  Producer producer_of(TensorId id, const StoredTensor& tensor, const PlanEntry& entry) {
    if (is_taken(entry)) return taken(tensor, entry, *options_.from, std::nullopt, watch(tensor));
    Producer made = generated(plan_, tensor, entry, options_.seed, options_.threads);
    if (!needs_source(entry)) return made;
    return carried_ ? kept_rows(tensor, id, entry, model_, made) : taken(tensor, entry, *options_.from, std::move(made), watch(tensor));
  }

  NotFinite watch(const StoredTensor& tensor) {
    return not_finite_.emplace_back(tensor.name, std::make_shared<std::atomic<bool>>(false)).second;
  }

  void put(TensorId id, const StoredTensor& tensor, Producer producer) {
    if (tensor.storage != Storage::split) {
      replacements_.push_back({id, std::move(producer)});
      return;
    }
    Split split{tensor.alias_of, tensor.name, {}, std::move(producer)};
    for (const Value& value : model_.graph.values) {
      if (value.tensor == id) split.uses.insert(split.uses.end(), value.uses.begin(), value.uses.end());
    }
    splits_.push_back(std::move(split));
  }

  const Plan& plan_;
  const Model& model_;
  const ApplyOptions& options_;
  bool carried_;
  Entries entries_;
  std::vector<Replacement> replacements_;
  std::vector<Split> splits_;
  std::vector<std::pair<std::string, NotFinite>> not_finite_;
  ApplyResult result_;
};

// A model carries a plan where its manifest is that plan: what it takes was taken when the file was written.
bool carries(const Model& model, const Plan& plan) {
  const auto found = model.metadata.find(std::string(manifest_key));
  return found != model.metadata.end() && found->second == to_json(plan);
}

void check_source(const Plan& plan, const Model& model, const Model* from) {
  const auto count = std::count_if(plan.parameters.begin(), plan.parameters.end(), needs_source);
  if (count == 0 && from != nullptr) {
    fail(ErrorCode::invalid_argument,
         fmt::format("--from {}: the plan takes no values from a file; leave --from out, or plan anew with it", from->name));
  }
  if (count == 0 || from != nullptr || carries(model, plan)) return;
  fail(ErrorCode::invalid_argument, fmt::format("the plan takes {} tensor{} from {}; name it with --from FILE", count,
                                                count == 1 ? "" : "s", plan.from.empty() ? "the file it was made with" : plan.from));
}

}  // namespace

void check_fit(const Plan& plan, const Model& model) {
  std::map<std::string_view, const StoredTensor*> tensors;
  for (const StoredTensor& tensor : model.graph.tensors) tensors.emplace(tensor.name, &tensor);
  for (const PlanEntry& entry : plan.parameters) {
    const auto found = tensors.find(entry.name);
    if (found == tensors.end()) {
      fail(ErrorCode::invalid_argument,
           fmt::format("plan and model do not fit: the plan names {}, which {} does not have; plan this model anew", entry.name,
                       model.name));
    }
    check_tensor(entry, *found->second, model.name);
  }
  const Entries entries = entries_of(plan);
  std::vector<std::string> missing;
  for (const StoredTensor& tensor : model.graph.tensors) {
    if (is_plannable(tensor) && find_entry(entries, tensor.name) == nullptr) missing.push_back(tensor.name);
  }
  if (missing.empty()) return;
  fail(ErrorCode::invalid_argument,
       fmt::format("plan and model do not fit: the plan does not name {} of {}'s tensors ({}); add them, with scheme \"keep\" where they "
                   "are to stay, or plan this model anew",
                   missing.size(), model.name, some_of(missing)));
}

ApplyResult apply(const Plan& plan, const Model& model, const std::filesystem::path& out, const ApplyOptions& options) {
  const DefaultFloatingPoint environment;
  check_fit(plan, model);
  check_source(plan, model, options.from);
  Writer writer(plan, model, options);
  writer.collect();
  Plan manifest = plan;
  manifest.seed = options.seed;
  manifest.model.clear();  // renaming a file changes no byte of what is made from it
  manifest.from.clear();
  WriteOptions write;
  write.metadata = {{std::string(manifest_key), to_json(manifest)}};
  write.overwrite = options.overwrite;
  write.progress = options.progress;
  write.threads = options.threads;
  std::vector<std::string> notes;
  write.note = [&notes](const std::string& note) { notes.push_back(note); };
  write.splits = writer.splits();
  write_model(model, out, writer.replacements(), write);
  ApplyResult result = writer.result();
  result.notes = std::move(notes);
  if (const std::vector<std::string> names = writer.not_finite(); !names.empty()) {
    result.notes.push_back(
        fmt::format("warning: {} tensor{} taken from {} hold{} NaN or infinite values ({}); initialise {} with --set, or "
                    "take another file",
                    names.size(), names.size() == 1 ? "" : "s", options.from->name, names.size() == 1 ? "s" : "", some_of(names),
                    names.size() == 1 ? "it" : "them"));
  }
  return result;
}

Plan read_manifest(const Model& model) {
  const auto found = model.metadata.find(std::string(manifest_key));
  if (found == model.metadata.end()) {
    fail(ErrorCode::bad_file, fmt::format("{}: expected a manifest (metadata \"{}\"), as evenkeel init writes it, found none; give a plan "
                                          "in JSON or a file that init wrote",
                                          model.name, manifest_key));
  }
  return parse_plan(found->second, fmt::format("{} (manifest)", model.name));
}

}  // namespace evenkeel
