// SPDX-License-Identifier: Apache-2.0
// Tables that fit a terminal: columns shrink by priority, long cells wrap or are cut in the middle.
#pragma once

#include <string>
#include <vector>

namespace evenkeel {

enum class Align { left, right };
enum class Overflow { wrap, cut_middle, never };

struct Column {
  std::string title;
  Align align = Align::left;
  Overflow overflow = Overflow::never;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

enum class Colour { off, on };
/// Plain text of at most `width` display columns (0: unlimited); UTF-8 aware.
[[nodiscard]] std::string to_text(const Table& table, int width, Colour colour);

}  // namespace evenkeel
