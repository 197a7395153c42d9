// SPDX-License-Identifier: Apache-2.0
// A file mapped for reading. The map stays valid when the file is renamed or removed; a file cut short by others while it is mapped is
// fatal.
#pragma once

#include <filesystem>
#include <string_view>

namespace evenkeel {

class MappedFile {
 public:
  MappedFile() = default;
  /// Throws bad_file where the path cannot be opened or is no regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::string_view bytes() const noexcept { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace evenkeel
