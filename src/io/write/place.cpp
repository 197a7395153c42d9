// SPDX-License-Identifier: Apache-2.0
#include "io/write/place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "evenkeel/base/error.hpp"

namespace evenkeel {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

fs::path target_of(const fs::path& given) {
  std::error_code missing, error;
  fs::path target = fs::is_symlink(given, missing) ? fs::weakly_canonical(given, error) : given;
  if (error || target.filename().empty()) {
    fail(ErrorCode::output, fmt::format("{}: expected the name of a file to write, found a folder, or a link that leads nowhere; "
                                        "choose another name",
                                        given.string()));
  }
  struct stat state {};
  if (::stat(target.c_str(), &state) == 0 && !S_ISREG(state.st_mode)) {
    fail(ErrorCode::output,
         fmt::format("{}: expected the name of a file to write, found a folder or a device; choose another name", given.string()));
  }
  return target;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder may be writable and not readable; the files themselves are synced
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  // Some file systems have no fsync of folders; the files themselves are synced.
  if (result != 0 && number != EINVAL && number != ENOTSUP) fail_output(folder, "cannot be brought to the disk", number);
}

void fail_output(const fs::path& path, const std::string& what, int number) {
  const char* advice = "choose another folder";
  if (number == ENOSPC || number == EDQUOT)
    advice = "free some space or choose another folder";
  else if (number == EFBIG)
    advice = "free some space, raise the limit on the size of files (ulimit -f) or choose another folder";
  else if (number == EIO)
    advice = "the disk or the network failed: look at the system's log, and choose another folder";
  else if (number == EACCES || number == EPERM || number == EROFS)
    advice = "choose a folder that you may write to";
  else if (number == ENOENT || number == ENOTDIR)
    advice = "make the folder first";
  fail(ErrorCode::output,
       fmt::format("{}: {}: {}; {}; nothing was left behind", path.string(), what, std::generic_category().message(number), advice));
}

void fail_exists(const fs::path& target) {
  fail(ErrorCode::invalid_argument, fmt::format("{} exists already; choose another name, or use --force to replace it", target.string()));
}

}  // namespace evenkeel
