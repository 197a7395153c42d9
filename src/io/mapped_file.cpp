// SPDX-License-Identifier: Apache-2.0
// mmap with the errors a person can act on.
#include "io/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

std::string reason_of(int number) { return std::generic_category().message(number); }

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) {
    const int number = errno;
    fail(ErrorCode::bad_file,
         fmt::format("{}: cannot be opened: {}; check the path and its permissions", path.string(), reason_of(number)));
  }
  struct stat state {};
  if (::fstat(file.number, &state) != 0) {
    const int number = errno;
    fail(ErrorCode::bad_file, fmt::format("{}: cannot be examined: {}", path.string(), reason_of(number)));
  }
  if (S_ISDIR(state.st_mode)) {
    fail(ErrorCode::bad_file, fmt::format("{}: expected a model file, found a folder; name the .onnx file in it", path.string()));
  }
  if (!S_ISREG(state.st_mode)) {
    fail(ErrorCode::bad_file,
         fmt::format("{}: expected a regular file, found a pipe or a device; save the model to a file first", path.string()));
  }
  size_ = static_cast<std::size_t>(state.st_size);
  if (size_ == 0) return;
  void* const address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) {
    const int number = errno;
    size_ = 0;
    fail(ErrorCode::bad_file, fmt::format("{}: cannot be mapped into memory: {}", path.string(), reason_of(number)));
  }
  data_ = static_cast<const char*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace evenkeel
