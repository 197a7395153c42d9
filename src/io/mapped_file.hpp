// SPDX-License-Identifier: Apache-2.0
// A file mapped for reading. The map stays valid when the file is renamed or removed; a file cut short by others while it is mapped is
// fatal. Pages that were read count as this process's memory until they are given back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

class MappedFile {
 public:
  MappedFile() = default;
  /// Throws bad_file where the path cannot be opened or is no regular file.
  explicit MappedFile(const std::filesystem::path& path);

  [[nodiscard]] std::string_view bytes() const noexcept;
  /// A part of the file whose pages are given back when the last copy of `owner` goes. Begin and size must lie within the file.
  [[nodiscard]] TensorBytes lend(std::uint64_t begin, std::uint64_t size) const;
  /// Gives the pages of a range back; they are read again where they are needed again.
  void forget(std::uint64_t begin, std::uint64_t size) const noexcept;
  /// Asks for a range to be read ahead.
  void expect(std::uint64_t begin, std::uint64_t size) const noexcept;
  /// Whether `path` names the file that was mapped, and nobody has written to it since.
  [[nodiscard]] bool is_still(const std::filesystem::path& path) const noexcept;
  [[nodiscard]] const std::filesystem::path& path() const noexcept;

 private:
  struct Mapping;
  std::shared_ptr<const Mapping> mapping_;
};

}  // namespace evenkeel
