// SPDX-License-Identifier: Apache-2.0
// Where output goes: folders, links, names that are taken, and the errors of writing.
#pragma once

#include <filesystem>
#include <string>

namespace evenkeel {

/// The folder a file stands in, "." where the path has none.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& file);
/// A link stays a link: what it points at is written. Throws output where the path names no file.
[[nodiscard]] std::filesystem::path target_of(const std::filesystem::path& given);
/// Makes the names in a folder durable. Throws output.
void sync_folder(const std::filesystem::path& folder);

/// Throws output: what could not be done, why (an errno), and what to do about it.
[[noreturn]] void fail_output(const std::filesystem::path& path, const std::string& what, int number);
/// Throws invalid_argument.
[[noreturn]] void fail_exists(const std::filesystem::path& target);

}  // namespace evenkeel
