// SPDX-License-Identifier: Apache-2.0
// What every target keeps to: the only way out of a bad input is an Error with one of three codes. Anything else aborts, and is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

/// One input through the code under test; the entry point of libFuzzer and of the replay of stored inputs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace evenkeel::fuzz {

/// Calls `use`. Returns whether it came through; false for an Error about the input (bad_file, unsupported, invalid_argument), whose
/// message has to be of a readable length. Aborts for any other error.
bool survives(const std::function<void()>& use);

/// Aborts with a message where an oracle does not hold.
void require(bool holds, std::string_view what);

/// A folder in memory for readers that want a path; removed at the end of the process.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

void write_bytes(const std::filesystem::path& path, std::string_view bytes);
[[nodiscard]] std::string read_bytes(const std::filesystem::path& path);
[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace evenkeel::fuzz
