// SPDX-License-Identifier: Apache-2.0
#include "io/file_identity.hpp"

#include <sys/stat.h>

namespace evenkeel {

FileIdentity identity_of(const struct stat& state) noexcept {
#if defined(__APPLE__)
  const auto& modified = state.st_mtimespec;
#else
  const auto& modified = state.st_mtim;
#endif
  return {static_cast<std::uint64_t>(state.st_ino), static_cast<std::uint64_t>(state.st_size),
          static_cast<std::int64_t>(modified.tv_sec) * 1'000'000'000 + modified.tv_nsec};
}

std::optional<FileIdentity> identity_of(const std::filesystem::path& path) noexcept {
  struct stat state {};
  if (::lstat(path.c_str(), &state) != 0) return std::nullopt;
  return identity_of(state);
}

}  // namespace evenkeel
