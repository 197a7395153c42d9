// SPDX-License-Identifier: Apache-2.0
// An ONNX file with its external data files: everything that hands out bytes of tensors.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "evenkeel/graph/weight_source.hpp"
#include "io/mapped_file.hpp"
#include "io/onnx/proto.hpp"

namespace evenkeel::onnx {

/// Whether tensors may stand without data: yes in the built-in specs, where shapes are all there is.
enum class MissingData { refused, allowed };

class OnnxFile {
 public:
  /// Maps, parses, compares the length of every tensor's data with its shape, and opens the external files. Throws bad_file.
  explicit OnnxFile(const std::filesystem::path& path);
  /// A model made in memory.
  OnnxFile(std::string name, std::string bytes);
  OnnxFile(const OnnxFile&) = delete;
  OnnxFile& operator=(const OnnxFile&) = delete;

  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const ModelProto& model() const noexcept { return model_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The map behind source(); null for a model made in memory.
  [[nodiscard]] const MappedFile* map() const noexcept { return path_.empty() ? nullptr : &map_; }
  [[nodiscard]] MissingData missing_data() const noexcept { return missing_data_; }

  /// Elements, little-endian and row-major. For dtype `other` the raw bytes. Throws bad_file where there are none.
  [[nodiscard]] TensorBytes bytes_of(const TensorProto& tensor) const;
  /// Whether the bytes stand in a file as bytes_of gives them, so that a part costs no more than itself.
  [[nodiscard]] bool has_parts(const TensorProto& tensor) const { return find_stored(tensor).has_value(); }
  [[nodiscard]] TensorBytes part_of(const TensorProto& tensor, std::uint64_t begin, std::uint64_t size) const;

  struct External {
    std::filesystem::path path;
    MappedFile map;
  };
  /// By `location`, as the file spells it.
  [[nodiscard]] const std::map<std::string, External, std::less<>>& externals() const noexcept { return externals_; }

 private:
  struct Stored {
    const MappedFile* map;  // null for a model in memory
    std::string_view bytes;
    std::uint64_t begin;  // in the map
  };

  [[nodiscard]] std::optional<Stored> find_stored(const TensorProto& tensor) const;
  void check(const TensorProto& tensor);
  void check_external(const TensorProto& tensor, std::uint64_t expected);
  const External& open_external(const TensorProto& tensor);

  std::filesystem::path path_;
  MappedFile map_;
  std::string memory_;
  Source source_;
  ModelProto model_;
  MissingData missing_data_ = MissingData::refused;
  std::map<std::string, External, std::less<>> externals_;
};

/// Bytes that shape and dtype ask for; throws bad_file where they do not fit 62 bits.
[[nodiscard]] std::uint64_t byte_size_of(const Source& source, const TensorProto& tensor);

}  // namespace evenkeel::onnx
