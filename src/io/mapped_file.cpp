// SPDX-License-Identifier: Apache-2.0
// mmap with the errors a person can act on.
#include "io/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "evenkeel/base/error.hpp"
#include "io/file_identity.hpp"

namespace evenkeel {
namespace {

// Below this a system call costs more than the pages are worth.
constexpr std::uint64_t smallest_given_back = std::uint64_t{1} << 18U;

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

std::string reason_of(int number) { return std::generic_category().message(number); }

}  // namespace

struct MappedFile::Mapping {
  std::filesystem::path path;
  FileIdentity identity;
  char* data = nullptr;
  std::size_t size = 0;

  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data != nullptr) ::munmap(data, size);
  }

  // Pages are never written to, so that each holds what the file holds, whoever asked for it.
  void advise(std::uint64_t begin, std::uint64_t length, int advice) const noexcept {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t first = begin / page * page;
    const std::uint64_t end = std::min<std::uint64_t>(begin + length, size);
    if (data != nullptr && first < end) (void)::madvise(data + first, end - first, advice);
  }
};

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
  auto mapping = std::make_shared<Mapping>();
  mapping->path = path;
  mapping->identity = identity_of(state);
  mapping->size = static_cast<std::size_t>(state.st_size);
  if (mapping->size != 0) {
    void* const address = ::mmap(nullptr, mapping->size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (address == MAP_FAILED) {
      const int number = errno;
      fail(ErrorCode::bad_file, fmt::format("{}: cannot be mapped into memory: {}", path.string(), reason_of(number)));
    }
    mapping->data = static_cast<char*>(address);
  }
  mapping_ = std::move(mapping);
}

std::string_view MappedFile::bytes() const noexcept {
  return mapping_ == nullptr ? std::string_view() : std::string_view(mapping_->data, mapping_->size);
}

TensorBytes MappedFile::lend(std::uint64_t begin, std::uint64_t size) const {
  const std::string_view part = bytes().substr(begin, size);
  TensorBytes lent{{reinterpret_cast<const std::byte*>(part.data()), part.size()}, nullptr};
  if (size < smallest_given_back) return lent;
  lent.owner = std::shared_ptr<const void>(static_cast<const void*>(part.data()),
                                           [mapping = mapping_, begin, size](const void*) { mapping->advise(begin, size, MADV_DONTNEED); });
  return lent;
}

void MappedFile::forget(std::uint64_t begin, std::uint64_t size) const noexcept {
  if (mapping_ != nullptr && size >= smallest_given_back) mapping_->advise(begin, size, MADV_DONTNEED);
}

void MappedFile::expect(std::uint64_t begin, std::uint64_t size) const noexcept {
  if (mapping_ != nullptr) mapping_->advise(begin, size, MADV_WILLNEED);
}

bool MappedFile::is_still(const std::filesystem::path& path) const noexcept {
  struct stat state {};
  return mapping_ != nullptr && ::stat(path.c_str(), &state) == 0 && identity_of(state) == mapping_->identity;
}

const std::filesystem::path& MappedFile::path() const noexcept {
  static const std::filesystem::path none;
  return mapping_ == nullptr ? none : mapping_->path;
}

}  // namespace evenkeel
