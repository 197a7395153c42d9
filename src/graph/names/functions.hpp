// SPDX-License-Identifier: Apache-2.0
// From a module's name to what it does in a transformer block.
#pragma once

#include "graph/names/reading.hpp"

namespace evenkeel::names {

[[nodiscard]] bool in_attention(const Path& path) noexcept;
[[nodiscard]] bool in_feed_forward(const Path& path) noexcept;
/// Whether the last of the words for attention and feed-forward blocks in the path is one for attention.
[[nodiscard]] bool attention_is_nearest(const Path& path) noexcept;
[[nodiscard]] bool in_experts(const Path& path) noexcept;
[[nodiscard]] Function function_of(const Reading& reading, const Module& module);

}  // namespace evenkeel::names
