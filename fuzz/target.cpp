// SPDX-License-Identifier: Apache-2.0
// Files in memory, and the rule on errors.
#include "target.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "evenkeel/base/error.hpp"

namespace evenkeel::fuzz {
namespace {

namespace fs = std::filesystem;

// A message may name a path, a tensor and a shape; more than this is a name of the file that nobody cut.
constexpr std::size_t longest_message = 4096;

fs::path memory_folder() {
  std::error_code error;
  return fs::is_directory("/dev/shm", error) ? fs::path("/dev/shm") : fs::temp_directory_path();
}

}  // namespace

bool survives(const std::function<void()>& use) {
  try {
    use();
    return true;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    switch (error.code()) {
      case ErrorCode::bad_file:
      case ErrorCode::unsupported:
      case ErrorCode::invalid_argument:
        require(!message.empty() && message.size() <= longest_message, "an error has a message of a readable length");
        return false;
      default:
        std::fprintf(stderr, "unexpected error: %s\n", error.what());
        std::abort();
    }
  }
}

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

Folder::Folder() {
  std::string name = (memory_folder() / "evenkeel-fuzz-XXXXXX").string();
  require(::mkdtemp(name.data()) != nullptr, "a folder for the inputs can be made");
  path_ = name;
}

Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  require(file.good(), "an input can be written");
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  require(file.good(), "an output can be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace evenkeel::fuzz
