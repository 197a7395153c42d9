// SPDX-License-Identifier: Apache-2.0
// Tells whether a path still names the file it named before, with the content it had.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

struct stat;

namespace evenkeel {

/// Renaming keeps all three; writing changes the time.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};

[[nodiscard]] FileIdentity identity_of(const struct stat& state) noexcept;
/// Of the file that stands there, a link not followed; nullopt where there is none.
[[nodiscard]] std::optional<FileIdentity> identity_of(const std::filesystem::path& path) noexcept;

}  // namespace evenkeel
