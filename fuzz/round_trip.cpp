// SPDX-License-Identifier: Apache-2.0
// The whole way of a model through the library, with its results held against the input.
#include "round_trip.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "evenkeel/apply/apply.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/graph/separate.hpp"
#include "evenkeel/graph/shapes.hpp"
#include "evenkeel/io/model.hpp"
#include "evenkeel/plan/make_plan.hpp"
#include "target.hpp"

namespace evenkeel::fuzz {
namespace {

namespace fs = std::filesystem;

// A file of a few bytes may ask for tensors of any size; writing those is not what is looked at here.
constexpr std::int64_t most_written = 1 << 20;

std::int64_t bytes_of(const StoredTensor& tensor) {
  std::int64_t bytes = 0;
  const bool huge = __builtin_mul_overflow(element_count(tensor.shape), static_cast<std::int64_t>(size_of(tensor.dtype)), &bytes);
  return huge ? INT64_MAX : bytes;
}

bool reads_large_data(const Model& model) {
  return std::any_of(model.notes.begin(), model.notes.end(),
                     [](const std::string& note) { return note.find(large_data) != std::string::npos; });
}

bool is_small(const Graph& graph) {
  std::int64_t total = 0;
  return std::all_of(graph.tensors.begin(), graph.tensors.end(), [&](const StoredTensor& tensor) {
    return !__builtin_add_overflow(total, bytes_of(tensor), &total) && total <= most_written;
  });
}

std::vector<fs::path> files_of(const fs::path& written) {
  const std::string name = written.filename().string();
  const std::string prefix = name.substr(0, name.find('.'));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(written.parent_path())) {
    if (entry.path().filename().string().find(prefix) != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

/// The files of an earlier input are no part of this one.
void remove_written(const fs::path& written) {
  for (const fs::path& file : files_of(written)) fs::remove_all(file);
}

std::string bytes_of(const Model& model, TensorId id) {
  const TensorBytes stored = model.weights->read(id);
  return {reinterpret_cast<const char*>(stored.bytes.data()), stored.bytes.size()};
}

std::map<std::string, TensorId> by_name(const Graph& graph) {
  std::map<std::string, TensorId> ids;
  for (std::size_t id = 0; id < graph.tensors.size(); ++id) ids.emplace(graph.tensors[id].name, static_cast<TensorId>(id));
  return ids;
}

void write_unchanged(const Model& model, const fs::path& written) {
  if (!survives([&] { write_model(model, written, {}, {}); })) return;
  // Data files and shards get names of their own, which the model then names.
  if (files_of(written).size() == 1)
    require(read_bytes(written) == read_bytes(model.path), "a model with nothing replaced keeps its bytes");
  const Model again = read_model(written.string());
  const auto ids = by_name(again.graph);
  require(again.graph.tensors.size() == model.graph.tensors.size(), "a model with nothing replaced keeps its tensors");
  for (std::size_t id = 0; id < model.graph.tensors.size(); ++id) {
    const auto found = ids.find(model.graph.tensors[id].name);
    require(found != ids.end(), "a model with nothing replaced keeps its names");
    std::string bytes;
    if (survives([&] { bytes = bytes_of(model, static_cast<TensorId>(id)); }))
      require(bytes_of(again, found->second) == bytes, "a model with nothing replaced keeps its values");
  }
}

/// Floating-point tensors only: with other shapes and indices it would be another model.
void replace_all(const Model& model, const fs::path& written) {
  std::vector<Replacement> replacements;
  for (std::size_t id = 0; id < model.graph.tensors.size(); ++id) {
    if (!is_floating(model.graph.tensors[id].dtype)) continue;
    const auto fill = static_cast<unsigned char>(id % 7 + 1);
    replacements.push_back({static_cast<TensorId>(id),
                            {[fill](std::uint64_t, std::span<std::byte> out) {
                               if (!out.empty()) std::memset(out.data(), fill, out.size());
                             },
                             0}});
  }
  if (!survives([&] { write_model(model, written, replacements, {}); })) return;
  const Model again = read_model(written.string());
  const auto ids = by_name(again.graph);
  for (const Replacement& replacement : replacements) {
    const StoredTensor& tensor = model.graph.tensors[static_cast<std::size_t>(replacement.tensor)];
    const auto found = ids.find(tensor.name);
    require(found != ids.end(), "a replaced tensor is still there");
    require(again.graph.tensors[static_cast<std::size_t>(found->second)].shape == tensor.shape, "a replaced tensor keeps its shape");
    const std::string expected(static_cast<std::size_t>(bytes_of(tensor)), static_cast<char>(replacement.tensor % 7 + 1));
    require(bytes_of(again, found->second) == expected, "a replaced tensor has its new bytes");
  }
}

void check_kept(const Plan& plan, const Model& before, const Model& after) {
  const auto old_ids = by_name(before.graph);
  const auto new_ids = by_name(after.graph);
  for (const PlanEntry& entry : plan.parameters) {
    const auto was = old_ids.find(entry.name);
    const auto is = new_ids.find(entry.name);
    // A part that has the values of the others stays one with them.
    if (was != old_ids.end() && before.graph.tensors[static_cast<std::size_t>(was->second)].storage == Storage::split) continue;
    require(is != new_ids.end(), "a tensor of the plan is in the written model");
    if (!is_kept(entry) || was == old_ids.end() || !before.weights->has_values(was->second)) continue;
    std::string old_bytes;
    if (survives([&] { old_bytes = bytes_of(before, was->second); }))
      require(bytes_of(after, is->second) == old_bytes, "a kept tensor keeps its bytes");
  }
}

void carry_out(const Plan& plan, const Model& model, const fs::path& written) {
  ApplyOptions options;
  options.seed = 1;
  options.threads = 1;
  if (!survives([&] { (void)apply(plan, model, written, options); })) return;
  const Model again = read_model(written.string());
  if (plan.parameters.empty()) return;  // an archive without arrays has no room for a manifest
  require(read_manifest(again).parameters.size() == plan.parameters.size(), "a written model carries its plan");
  check_kept(plan, model, again);
}

}  // namespace

void read_plan_write(const fs::path& path, const fs::path& written) {
  remove_written(written);
  Model model;
  if (!survives([&] { model = read_model(path.string()); })) return;
  const bool small = is_small(model.graph) && !reads_large_data(model);
  if (small) {
    write_unchanged(model, written);
    remove_written(written);
    replace_all(model, written);
    remove_written(written);
  }
  Plan plan;
  const bool planned = survives([&] {
    infer_shapes(model.graph, *model.weights);
    model.weights = separate_merged(model.graph, model.weights);
    PlanOptions options;
    options.unknown = "normal(std=0.02)";
    plan = make_plan(model.graph, analyse(model.graph, *model.weights), load_recipe("auto"), options);
  });
  if (!planned) return;
  const std::string json = to_json(plan);
  require(to_json(parse_plan(json, "plan")) == json, "a plan is the same when read back");
  if (small && is_small(model.graph)) carry_out(plan, model, written);
  remove_written(written);
}

}  // namespace evenkeel::fuzz
