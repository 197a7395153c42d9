// SPDX-License-Identifier: Apache-2.0
// Safetensors files in memory: maps, headers, and which tensor of a model stands where.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "evenkeel/graph/weight_source.hpp"
#include "evenkeel/io/model.hpp"
#include "io/mapped_file.hpp"
#include "io/safetensors/header.hpp"
#include "io/safetensors/index.hpp"

namespace evenkeel::safetensors {

struct File {
  std::filesystem::path path;
  MappedFile map;
  Header header;
};

/// Throws bad_file.
[[nodiscard]] File open_file(const std::filesystem::path& path);

/// A model of one file, or of an index and its shards.
struct Weights {
  struct Place {
    std::size_t file;
    std::size_t entry;
  };
  std::vector<File> files;
  std::vector<Place> places;  // by TensorId
  std::optional<Index> index;

  [[nodiscard]] const Entry& entry(TensorId tensor) const {
    const Place place = places.at(static_cast<std::size_t>(tensor));
    return files[place.file].header.entries[place.entry];
  }
};

/// The bytes that new values of a tensor will take. Throws invalid_argument for a tensor that is not there or a replacement without a
/// producer, unsupported for a type that is only copied.
[[nodiscard]] std::uint64_t check_replacement(const Weights& weights, const Replacement& replacement);

/// The whole file with new values for the tensors whose entry has a replacement, `header` in place of the header where it is not empty
/// (the length and the padding are added).
[[nodiscard]] std::vector<Piece> splice(const File& file, const std::vector<const Producer*>& by_entry, const std::string& header);

}  // namespace evenkeel::safetensors
