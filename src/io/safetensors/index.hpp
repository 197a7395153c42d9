// SPDX-License-Identifier: Apache-2.0
// The index of a model in several files, model.safetensors.index.json: which shard holds which tensor.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/json/object_edit.hpp"
#include "io/mapped_file.hpp"

namespace evenkeel::safetensors {

inline constexpr std::string_view index_suffix = ".index.json";

struct Index {
  struct Mapping {
    std::string tensor;
    std::size_t shard;
    Range place;  // of the shard's name, quotes included, in the index's text
  };
  std::filesystem::path path;
  MappedFile map;
  std::vector<std::string> shards;  // as the index names them, in the order of their first tensor
  std::vector<Mapping> mappings;    // in the order of weight_map
  json::MapPlaces metadata{"metadata"};
};

/// Throws bad_file for text that is no index, and for shards that the index may not name.
[[nodiscard]] Index read_index(const std::filesystem::path& path);

/// Where a shard stands. An index is data from strangers, so it may name files of its own folder only: no absolute path, no "..", no link
/// that leads elsewhere. One kind of link is let through: Hugging Face's cache keeps each file of <repository>/snapshots/<revision>/ as a
/// link into <repository>/blobs/, and an index there can reach nothing but other downloads of the same repository.
/// Throws bad_file, also where there is no such file.
[[nodiscard]] std::filesystem::path locate_shard(const Index& index, std::size_t shard);

/// The files that the other indexes in a folder name, all of them in that folder; nullopt where one of those cannot be read, so that nobody
/// knows.
[[nodiscard]] std::optional<std::set<std::string>> shards_of_other_indexes(const std::filesystem::path& index);

/// Whether a file is JSON that may be an index.
[[nodiscard]] bool looks_like_index(std::string_view bytes);

}  // namespace evenkeel::safetensors
