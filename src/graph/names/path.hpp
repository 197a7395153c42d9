// SPDX-License-Identifier: Apache-2.0
// A tensor's name taken apart: segments of the module path, words and numbers within them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel::names {

/// One part of a path, in lower snake case whatever the framework's habit: "SelfAttention" and "self_attention" are one.
struct Segment {
  std::string text;         // "conv_1", "self_attention", "0"
  std::string stem;         // without a trailing number and its underscore: "conv"; "" for a number
  std::int64_t index = -1;  // the trailing number, or the number itself
  int place = -1;           // among siblings, see place_of; -1: not computed
  bool is_number() const noexcept { return stem.empty() && index >= 0; }
};

using Path = std::vector<Segment>;

/// Splits at ". / : | ~"; prefixes that wrappers add ("module", "_orig_mod", "base_model.model", "params") are left out.
[[nodiscard]] Path parse_path(std::string_view name);
[[nodiscard]] Segment parse_segment(std::string_view text);
/// Whether `word` stands in the text between underscores or its ends ("self_attn" has "attn", not "att").
[[nodiscard]] bool has_word(std::string_view text, std::string_view word) noexcept;
[[nodiscard]] bool has_any_word(std::string_view text, std::initializer_list<std::string_view> words) noexcept;
[[nodiscard]] bool path_has_word(const Path& path, std::initializer_list<std::string_view> words) noexcept;
[[nodiscard]] bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) noexcept;
/// Segments [0, count) joined by dots.
[[nodiscard]] std::string joined(const Path& path, std::size_t count);

}  // namespace evenkeel::names
