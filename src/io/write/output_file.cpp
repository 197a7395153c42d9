// SPDX-License-Identifier: Apache-2.0
// Temporary file, fsync, rename.
#include "io/write/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

[[noreturn]] void fail_output(const std::filesystem::path& path, const char* what, int number) {
  const char* advice = "choose another folder";
  if (number == ENOSPC || number == EDQUOT || number == EFBIG)
    advice = "free some space or choose another folder";
  else if (number == EACCES || number == EPERM || number == EROFS)
    advice = "choose a folder that you may write to";
  else if (number == ENOENT || number == ENOTDIR)
    advice = "make the folder first";
  fail(ErrorCode::output,
       fmt::format("{}: {}: {}; {}; nothing was left behind", path.string(), what, std::generic_category().message(number), advice));
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

void fail_exists(const std::filesystem::path& target) {
  fail(ErrorCode::invalid_argument, fmt::format("{} exists already; choose another name, or use --force to replace it", target.string()));
}

OutputFile::OutputFile(std::filesystem::path target) : target_(std::move(target)) {
  struct stat old {};
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    fail(ErrorCode::output,
         fmt::format("{}: expected the name of a file to write, found a folder or a device; choose another name", target_.string()));
  }
  for (int attempt = 0; file_ < 0; ++attempt) {
    temporary_ = folder_of(target_) / fmt::format(".{}.{}.{}.tmp", target_.filename().string().substr(0, 200), ::getpid(), attempt);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && (errno != EEXIST || attempt == 100)) fail_output(target_, "cannot be created", errno);
  }
  // A replaced file keeps its permissions; where that is not allowed the new file's own are good enough.
  if (exists && ::fchmod(file_, old.st_mode & 07777U) != 0) errno = 0;
}

OutputFile::~OutputFile() {
  close();
  if (!committed_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::close() noexcept {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

void OutputFile::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() <= buffer_size) {
    buffer_.append(bytes);
    return;
  }
  flush();
  if (bytes.size() >= buffer_size)
    write_through(bytes);
  else
    buffer_.append(bytes);
}

void OutputFile::flush() {
  write_through(buffer_);
  buffer_.clear();
}

void OutputFile::write_through(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_output(target_, "cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::finish() {
  flush();
  if (::fsync(file_) != 0) fail_output(target_, "cannot be brought to the disk", errno);
  const int file = file_;
  file_ = -1;
  if (::close(file) != 0) fail_output(target_, "cannot be closed", errno);
}

void OutputFile::commit(Existing existing) {
  if (existing == Existing::replace) {
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_output(target_, "cannot take its place", errno);
  } else {
    // A hard link does not replace, whatever happened since the name was checked; some file systems have none.
    if (::link(temporary_.c_str(), target_.c_str()) == 0) {
      ::unlink(temporary_.c_str());
    } else if (errno == EEXIST) {
      fail_exists(target_);
    } else {
      std::error_code error;
      if (std::filesystem::exists(target_, error)) fail_exists(target_);
      if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_output(target_, "cannot take its place", errno);
    }
  }
  committed_ = true;
}

void OutputFile::take_back() noexcept {
  if (committed_) ::unlink(target_.c_str());
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder may be writable and not readable; the files themselves are synced
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  // Some file systems have no fsync of folders; the files themselves are synced.
  if (result != 0 && number != EINVAL && number != ENOTSUP) fail_output(folder, "cannot be brought to the disk", number);
}

}  // namespace evenkeel
