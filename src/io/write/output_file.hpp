// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all: written beside its target, synced, then renamed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace evenkeel {

enum class Existing { refuse, replace };

class OutputFile {
 public:
  /// Creates the temporary file in the target's folder. Throws output where that cannot be done.
  explicit OutputFile(std::filesystem::path target);
  /// Removes what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  /// Everything is on the disk after this.
  void finish();
  /// Renames. Throws invalid_argument where the target exists and may not be replaced.
  void commit(Existing existing);
  /// Takes a committed file back, where a later one failed.
  void take_back() noexcept;
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }

 private:
  void flush();
  void write_through(std::string_view bytes);
  void close() noexcept;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int file_ = -1;
  std::string buffer_;
  bool committed_ = false;
};

/// Makes the names in a folder durable. Throws output.
void sync_folder(const std::filesystem::path& folder);
/// The folder a file stands in, "." where the path has none.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& file);
[[noreturn]] void fail_exists(const std::filesystem::path& target);

}  // namespace evenkeel
