// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/report/table.hpp"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr int gap = 2;         // spaces between columns
constexpr int narrowest = 12;  // a column that may shrink keeps at least this much
constexpr std::string_view bold = "\x1b[1m", dim = "\x1b[2m", plain = "\x1b[0m";

std::string painted(std::string_view text, std::string_view style, Colour colour) {
  if (colour == Colour::off || text.empty()) return std::string(text);
  return std::string(style) + std::string(text) + std::string(plain);
}

const std::string& cell_of(const Row& row, std::size_t column) {
  static const std::string none;
  return column < row.cells.size() ? row.cells[column] : none;
}

std::vector<std::size_t> used_columns(const Table& table) {
  std::vector<std::size_t> used;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool any = std::any_of(table.rows.begin(), table.rows.end(), [c](const Row& row) { return !cell_of(row, c).empty(); });
    if (any) used.push_back(c);
  }
  return used;
}

std::vector<int> natural_widths(const Table& table, const std::vector<std::size_t>& used) {
  std::vector<int> widths;
  for (const std::size_t c : used) {
    int widest = display_width(table.columns[c].title);
    for (const Row& row : table.rows) widest = std::max(widest, display_width(cell_of(row, c)));
    widths.push_back(widest);
  }
  return widths;
}

void shrink(const Table& table, const std::vector<std::size_t>& used, std::vector<int>& widths, int width) {
  int total = gap * (static_cast<int>(used.size()) - 1);
  for (const int w : widths) total += w;
  for (; total > width; --total) {
    int widest = -1;
    for (std::size_t i = 0; i < used.size(); ++i) {
      const bool may = table.columns[used[i]].overflow != Overflow::never && widths[i] > narrowest;
      if (may && (widest < 0 || widths[i] >= widths[static_cast<std::size_t>(widest)])) widest = static_cast<int>(i);
    }
    if (widest < 0) return;
    --widths[static_cast<std::size_t>(widest)];
  }
}

std::string padded(const std::string& text, int width, Align align) {
  const std::string fill(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
  return align == Align::left ? text + fill : fill + text;
}

void trim_right(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

void add_row(std::string& out, const Table& table, const std::vector<std::size_t>& used, const std::vector<int>& widths, const Row& row,
             std::string_view style, Colour colour) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const std::string& text = cell_of(row, used[i]);
    const bool cut = table.columns[used[i]].overflow == Overflow::cut_middle;
    const bool whole = table.columns[used[i]].overflow == Overflow::never;
    cells.push_back(cut     ? std::vector<std::string>{cut_middle(text, widths[i])}
                    : whole ? std::vector<std::string>{text}
                            : wrap(text, widths[i]));
    height = std::max(height, cells.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    std::string text;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (i > 0) text += std::string(gap, ' ');
      text += padded(line < cells[i].size() ? cells[i][line] : "", widths[i], table.columns[used[i]].align);
    }
    trim_right(text);
    out += painted(text, style, colour) + "\n";
  }
}

}  // namespace

std::string to_text(const Table& table, int width, Colour colour) {
  const std::vector<std::size_t> used = used_columns(table);
  std::vector<int> widths = natural_widths(table, used);
  if (width > 0) shrink(table, used, widths, width);
  Row titles;
  for (const Column& column : table.columns) titles.cells.push_back(column.title);
  std::string out;
  if (!used.empty()) add_row(out, table, used, widths, titles, bold, colour);
  for (const Row& row : table.rows) {
    add_row(out, table, used, widths, row, "", Colour::off);
    if (row.note.empty()) continue;
    for (const std::string& line : wrap(row.note, width > 0 ? std::max(narrowest, width - 4) : 0))
      out += painted("    " + line, dim, colour) + "\n";
  }
  return out;
}

}  // namespace evenkeel
