// SPDX-License-Identifier: Apache-2.0
// pwrite into a temporary file, fsync, rename.
#include "io/write/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

// Bytes between two requests to write back: short ones cost more time than they save.
constexpr std::uint64_t early_write_back = std::uint64_t{1} << 26U;

/// 0 or an errno. File systems that cannot reserve say so when the space is used.
int reserve(int file, std::uint64_t size) {
#if defined(__linux__)
  int result = 0;
  do { result = ::fallocate(file, 0, 0, static_cast<off_t>(size)); } while (result != 0 && errno == EINTR);
  if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return 0;
  return errno;
#else
  static_cast<void>(file);
  static_cast<void>(size);
  return 0;
#endif
}

/// Lets the disk begin now, so that the fsync at the end has little left to wait for. A failure is one that fsync reports.
void begin_write_back(int file, std::uint64_t begin, std::uint64_t end) {
#if defined(__linux__)
  (void)::sync_file_range(file, static_cast<off_t>(begin), static_cast<off_t>(end - begin), SYNC_FILE_RANGE_WRITE);
#else
  static_cast<void>(file);
  static_cast<void>(begin);
  static_cast<void>(end);
#endif
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path target, std::filesystem::path temporary, std::uint64_t size)
    : target_(std::move(target)), temporary_(std::move(temporary)), missing_(size) {
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0) mode_ = old.st_mode & 07777U;
  try {
    create(size);
    if (size == 0) finish(file_);
    close();
  } catch (...) {
    if (file_ >= 0) ::close(file_);
    if (created_) ::unlink(temporary_.c_str());
    throw;
  }
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void OutputFile::create(std::uint64_t size) {
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) fail_output(target_, "cannot be created", errno);
  created_ = true;
  if (size == 0) return;
  if (const int number = reserve(file_, size)) fail_output(target_, fmt::format("its {} bytes have no room", size), number);
}

void OutputFile::open() {
  const std::lock_guard lock(mutex_);
  if (users_ == 0) file_ = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC);
  if (file_ < 0) fail_output(target_, "cannot be opened again", errno);
  ++users_;
}

void OutputFile::close() {
  const int file = std::exchange(file_, -1);
  if (::close(file) != 0) fail_output(target_, "cannot be closed", errno);
}

void OutputFile::finish(int file) const {
  // A replaced file keeps its permissions; where that is not allowed the new file's own are good enough.
  if (mode_) static_cast<void>(::fchmod(file, static_cast<mode_t>(*mode_)));
  if (::fsync(file) != 0) fail_output(target_, "cannot be brought to the disk", errno);
}

void OutputFile::write(std::uint64_t offset, std::string_view bytes) {
  open();
  std::exception_ptr failure;
  try {
    write_all(offset, bytes);
  } catch (...) { failure = std::current_exception(); }
  std::unique_lock lock(mutex_);
  if (failure == nullptr) write_back(lock, offset, bytes.size());
  --users_;
  if (failure != nullptr) std::rethrow_exception(failure);  // the destructor closes
  missing_ -= bytes.size();
  if (missing_ == 0) finish(file_);
  if (users_ == 0) close();
}

void OutputFile::write_back(std::unique_lock<std::mutex>& lock, std::uint64_t offset, std::uint64_t size) {
  waiting_begin_ = waiting_ == 0 ? offset : std::min(waiting_begin_, offset);
  waiting_end_ = waiting_ == 0 ? offset + size : std::max(waiting_end_, offset + size);
  waiting_ += size;
  if (waiting_ < early_write_back) return;
  waiting_ = 0;
  const std::uint64_t begin = waiting_begin_, end = waiting_end_;
  lock.unlock();
  begin_write_back(file_, begin, end);  // still a user: the file stays open
  lock.lock();
}

void OutputFile::write_all(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EFAULT) {
      fail(ErrorCode::bad_file, fmt::format("{}: the file that its bytes are copied from cannot be read any more: it was cut short, or its "
                                            "disk failed; get the file anew, and write again",
                                            target_.string()));
    }
    if (written <= 0) fail_output(target_, "cannot be written", written < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void OutputFile::commit(Existing existing) {
  if (existing == Existing::refuse)
    rename_anew();
  else if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    fail_output(target_, "cannot take its place", errno);
  committed_ = true;
}

/// Does not replace, whatever happened since the name was checked.
void OutputFile::rename_anew() {
#if defined(__linux__)
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST) fail_exists(target_);
#endif
  // Nor does a hard link; some file systems have none.
  if (::link(temporary_.c_str(), target_.c_str()) == 0) {
    ::unlink(temporary_.c_str());
    return;
  }
  if (errno == EEXIST) fail_exists(target_);
  std::error_code error;
  if (std::filesystem::exists(target_, error)) fail_exists(target_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_output(target_, "cannot take its place", errno);
}

void OutputFile::take_back() noexcept {
  if (committed_) ::unlink(target_.c_str());
}

FileIdentity OutputFile::identity() const {
  const std::filesystem::path& path = committed_ ? target_ : temporary_;
  const auto identity = identity_of(path);
  if (!identity) fail_output(path, "cannot be examined", errno);
  return *identity;
}

}  // namespace evenkeel
