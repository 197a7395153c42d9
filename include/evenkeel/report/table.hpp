// SPDX-License-Identifier: Apache-2.0
// Tables that fit a terminal: columns that may shrink do, widest first; their cells wrap or are cut in the middle.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

enum class Align { left, right };
enum class Overflow { wrap, cut_middle, never };

struct Column {
  std::string title;
  Align align = Align::left;
  Overflow overflow = Overflow::never;
};

/// A row of cells, and below it an optional note over the whole width, indented and wrapped.
struct Row {
  std::vector<std::string> cells;
  std::string note;
};

struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows;
};

enum class Colour { off, on };
/// Text of at most `width` display columns (0: unlimited), UTF-8 aware; columns that are empty in every row are left out. Where even the
/// narrowest layout does not fit, columns that never shrink keep their width and lines become longer.
[[nodiscard]] std::string to_text(const Table& table, int width, Colour colour);

/// Display columns of UTF-8 text: combining marks and control characters 0, East Asian wide and emoji 2; an invalid byte counts 1.
[[nodiscard]] int display_width(std::string_view text) noexcept;
/// At most `width` columns: the middle is replaced by one U+2026.
[[nodiscard]] std::string cut_middle(std::string_view text, int width);
/// Lines of at most `width` columns, broken at spaces, else after '/', '.', '_', ',', '(' outside numbers, else anywhere. width 0: one
/// line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int width);
/// 25557032 -> "25,557,032".
[[nodiscard]] std::string with_thousands(long long number);

}  // namespace evenkeel
