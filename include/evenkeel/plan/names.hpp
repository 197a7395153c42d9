// SPDX-License-Identifier: Apache-2.0
// Names as people type them: globs, and what they may have meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

/// `*` any text (separators too), `?` one character, `[abc]`, `[0-9]`, `[!a]` a set; other characters stand for themselves, also a `[`
/// without its `]`.
[[nodiscard]] bool matches_glob(std::string_view glob, std::string_view text) noexcept;

/// What each `*` of a glob stands for in the text, in order; of several ways the one where earlier stars are shorter. nullopt: no match.
[[nodiscard]] std::optional<std::vector<std::string_view>> glob_captures(std::string_view glob, std::string_view text);

/// How many `*` a glob has outside its sets: glob_captures gives as many texts.
[[nodiscard]] std::size_t star_count(std::string_view glob) noexcept;

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, without regard to case.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The candidates nearest to a word, best first, at most `limit`; those that share too little with it are left out.
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view word, std::span<const std::string> candidates, int limit = 3);

/// "; did you mean he_normal?", "; did you mean a, b or c?", or "" where nothing is near.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> candidates, int limit = 3);

}  // namespace evenkeel
