// SPDX-License-Identifier: Apache-2.0
// Names, shapes and places from headers; the bytes stay in the maps.
#include "io/safetensors/reader.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "evenkeel/base/error.hpp"
#include "io/format_guess.hpp"
#include "io/json/settings.hpp"
#include "io/safetensors/file.hpp"
#include "io/safetensors/writer.hpp"

namespace evenkeel::safetensors {
namespace {

class Source final : public WeightSource {
 public:
  explicit Source(std::shared_ptr<const Weights> weights) : weights_(std::move(weights)) {}

  [[nodiscard]] TensorBytes read(TensorId tensor) const override { return read_part(tensor, 0, weights_->entry(tensor).bytes.size()); }
  [[nodiscard]] bool has_parts(TensorId) const override { return true; }
  [[nodiscard]] TensorBytes read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const override {
    const Weights::Place place = weights_->places.at(static_cast<std::size_t>(tensor));
    const File& file = weights_->files[place.file];
    const Range bytes = file.header.entries[place.entry].bytes;
    if (begin > bytes.size() || size > bytes.size() - begin) {
      fail(ErrorCode::invalid_argument, fmt::format("expected a part of the {} bytes of '{}', got bytes {} to {}", bytes.size(),
                                                    file.header.entries[place.entry].name, begin, begin + size));
    }
    return file.map.lend(bytes.begin + begin, size);
  }
  [[nodiscard]] bool has_values(TensorId) const override { return true; }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return std::nullopt; }

 private:
  std::shared_ptr<const Weights> weights_;
};

/// Other files are put beside indexes too: name what was found.
File open_shard(const Index& index, std::size_t shard) {
  const std::filesystem::path path = locate_shard(index, shard);
  const MappedFile map(path);
  const std::string foreign = looks_like_safetensors(map.bytes()) ? std::string() : foreign_format_of(map.bytes());
  if (!foreign.empty())
    fail(ErrorCode::bad_file, fmt::format("{}: byte 0: expected a safetensors file, a shard of {}, this looks like {}", path.string(),
                                          index.path.string(), foreign));
  return open_file(path);
}

using Places = std::unordered_map<std::string_view, Weights::Place>;

Places places_of(const Weights& weights) {
  Places places;
  for (std::size_t f = 0; f < weights.files.size(); ++f) {
    const File& file = weights.files[f];
    for (std::size_t e = 0; e < file.header.entries.size(); ++e) {
      const auto [known, added] = places.try_emplace(file.header.entries[e].name, Weights::Place{f, e});
      if (added) continue;
      fail(ErrorCode::bad_file,
           fmt::format("{}: expected every tensor in one shard, found {} in {} too; save the model again or check the "
                       "download",
                       file.path.string(), json::in_quotes(file.header.entries[e].name), weights.files[known->second.file].path.string()));
    }
  }
  return places;
}

/// Index and shards have to name the same tensors in the same places.
void match(Weights& weights) {
  const Places places = places_of(weights);
  const Index& index = *weights.index;
  const json::Origin origin{index.path.string(), 0, ""};
  for (const Index::Mapping& mapping : index.mappings) {
    const auto found = places.find(mapping.tensor);
    if (found == places.end() || found->second.file != mapping.shard) {
      const std::string where = found == places.end() ? "in no shard" : "in " + json::in_quotes(index.shards[found->second.file]);
      json::refuse_at(
          origin, mapping.place.begin,
          fmt::format("weight_map: {}: expected the tensor in the shard {}, found it {}; save the model again or download index "
                      "and shards together",
                      json::in_quotes(mapping.tensor), json::in_quotes(index.shards[mapping.shard]), where));
    }
    weights.places.push_back(found->second);
  }
  if (weights.places.size() == places.size()) return;
  std::unordered_map<std::string_view, bool> mapped;
  for (const Index::Mapping& mapping : index.mappings) mapped.emplace(mapping.tensor, true);
  for (const File& file : weights.files) {
    for (const Entry& entry : file.header.entries) {
      if (mapped.contains(entry.name)) continue;
      fail(ErrorCode::bad_file, fmt::format("{}: expected only tensors that weight_map in {} names, found {}; save the model again or "
                                            "download index and shards together",
                                            file.path.string(), index.path.string(), json::in_quotes(entry.name)));
    }
  }
}

Model model_of(const std::string& name, std::shared_ptr<const Weights> weights, const std::map<std::string, std::string>& metadata) {
  Model model;
  model.name = name;
  model.path = name;
  model.format = "safetensors";
  model.metadata = metadata;
  model.graph.names_only = true;
  for (std::size_t i = 0; i < weights->places.size(); ++i) {
    const Entry& entry = weights->entry(static_cast<TensorId>(i));
    StoredTensor tensor;
    tensor.name = entry.name;
    tensor.shape = entry.shape;
    tensor.dtype = entry.dtype;
    model.graph.tensors.push_back(std::move(tensor));
  }
  model.files.push_back(model.path);
  for (const File& file : weights->files) {
    if (weights->index) model.files.push_back(file.path);
  }
  json::read_settings(model.path, model.graph);
  if (!model.graph.settings_origin.empty()) model.files.push_back(model.path.parent_path() / model.graph.settings_origin);
  model.writer = make_writer(weights);
  model.weights = std::make_shared<Source>(std::move(weights));
  return model;
}

}  // namespace

Model read_file(const std::string& path) {
  auto weights = std::make_shared<Weights>();
  weights->files.push_back(open_file(path));
  for (std::size_t i = 0; i < weights->files.front().header.entries.size(); ++i) weights->places.push_back({0, i});
  return model_of(path, weights, weights->files.front().header.metadata.values());
}

Model read_sharded(const std::string& path) {
  auto weights = std::make_shared<Weights>();
  weights->index = read_index(path);
  for (std::size_t i = 0; i < weights->index->shards.size(); ++i) weights->files.push_back(open_shard(*weights->index, i));
  match(*weights);
  Model model = model_of(path, weights, weights->index->metadata.values());
  const std::size_t tensors = weights->places.size();
  const std::size_t shards = weights->files.size();
  model.notes.push_back(
      fmt::format("{} tensor{} in {} shard{}", tensors, tensors == 1 ? " stands" : "s stand", shards, shards == 1 ? "" : "s"));
  return model;
}

}  // namespace evenkeel::safetensors
