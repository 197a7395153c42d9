// SPDX-License-Identifier: Apache-2.0
// Tables that fit a terminal: columns that may shrink do, widest first; their cells wrap or are cut in the middle; what is then still too
// wide goes, in the order the columns name.
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
  int narrowest = 8;  // shrinks no further while a column that may be dropped is left; numbers keep their room
  int drop = 0;       // left out, highest first, where the narrowest layout does not fit; 0: stays
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
/// Text of at most `width` display columns (0: unlimited), UTF-8 aware, control characters escaped; columns that are empty in every row are
/// left out, and a last line names those that were dropped. Only columns that never shrink can make lines longer.
[[nodiscard]] std::string to_text(const Table& table, int width, Colour colour);

/// Display columns of UTF-8 text: combining marks and control characters 0, East Asian wide and emoji 2; an invalid byte counts 1.
[[nodiscard]] int display_width(std::string_view text) noexcept;
/// At most `width` columns: the middle is replaced by one U+2026.
[[nodiscard]] std::string cut_middle(std::string_view text, int width);
/// Lines of at most `width` columns, broken at spaces, else after one of / . _ , ( | or the x of a shape, else anywhere, but within a
/// number only where it fills a whole line. width 0: one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int width);
/// Columns of the longest number in a text: digits with point and exponent.
[[nodiscard]] int longest_number(std::string_view text) noexcept;
/// Names from files as people may see them: control characters, marks that turn the direction of text, and bytes that are not UTF-8 become
/// \xNN. `keep_newlines` for text of several lines.
[[nodiscard]] std::string printable(std::string_view text, bool keep_newlines = false);
/// 25557032 -> "25,557,032".
[[nodiscard]] std::string with_thousands(long long number);

}  // namespace evenkeel
