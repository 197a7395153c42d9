// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all: written beside its target under a temporary name, brought to the disk, then renamed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>

#include "io/file_identity.hpp"
#include "io/write/place.hpp"

namespace evenkeel {

enum class Existing { refuse, replace };

class OutputFile {
 public:
  /// Creates the temporary file and reserves its space, so that a full disk is known before anything is computed. Throws output.
  OutputFile(std::filesystem::path target, std::filesystem::path temporary, std::uint64_t size);
  /// Removes what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// From any thread, in any order, every byte once: with the last one the file is brought to the disk. The file is open only while
  /// somebody writes, since a model may have more files than a process may open. Bytes of a map whose file fails are an error too.
  void write(std::uint64_t offset, std::string_view bytes);
  /// Renames. Throws invalid_argument where the target exists and may not be replaced.
  void commit(Existing existing);
  /// Takes a committed file back, where a later one failed.
  void take_back() noexcept;
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  /// Of the temporary file, and after the commit of the target.
  [[nodiscard]] FileIdentity identity() const;

 private:
  void create(std::uint64_t size);
  void open();
  void close();
  void write_all(std::uint64_t offset, std::string_view bytes) const;
  void write_back(std::unique_lock<std::mutex>& lock, std::uint64_t offset, std::uint64_t size);
  void finish(int file) const;
  void rename_anew();

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  std::optional<unsigned> mode_;  // of the file that is replaced
  bool created_ = false;
  bool committed_ = false;
  std::mutex mutex_;  // of what follows
  int file_ = -1;
  int users_ = 0;
  std::uint64_t missing_ = 0;  // bytes that are still to come
  std::uint64_t waiting_ = 0;  // bytes since the last request to write back, and where they stand
  std::uint64_t waiting_begin_ = 0;
  std::uint64_t waiting_end_ = 0;
};

}  // namespace evenkeel
