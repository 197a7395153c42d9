// SPDX-License-Identifier: Apache-2.0
// What the command does with a model file, and what has to hold for whatever the reader accepts, in any format.
#pragma once

#include <filesystem>
#include <string_view>

namespace evenkeel::fuzz {

/// A data file of this name would take too long to copy for every input: models that keep tensors in it are planned, not written.
inline constexpr std::string_view large_data = "large";

/// Reads, infers shapes, analyses, plans, writes with nothing replaced (identical bytes), with every tensor replaced, and by the plan;
/// reads each result again. `written` is a name in the folder of `model`; files with the part of it before the first dot in their names are
/// removed.
void read_plan_write(const std::filesystem::path& model, const std::filesystem::path& written);

}  // namespace evenkeel::fuzz
