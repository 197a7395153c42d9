// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/report/table.hpp"

#include <algorithm>
#include <numeric>

namespace evenkeel {
namespace {

constexpr int gap = 2;            // spaces between columns
constexpr int narrowest = 12;     // of a note
constexpr int longest_kept = 23;  // a longer run of digits is a name, which may be parted
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

int total_of(const std::vector<int>& widths) {
  return std::accumulate(widths.begin(), widths.end(), gap * (static_cast<int>(widths.size()) - 1));
}

// How far each column may shrink: to `floor` or its own narrowest, and never into a number of reasonable length.
std::vector<int> least_widths(const Table& table, const std::vector<std::size_t>& used, const std::vector<int>& widths, int floor) {
  std::vector<int> least;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const Column& column = table.columns[used[i]];
    int number = 0;
    for (const Row& row : table.rows) number = std::max(number, longest_number(cell_of(row, used[i])));
    const int whole = number > longest_kept ? 0 : number + (floor > 0 ? 0 : 1);  // with the mark behind it, where there is room
    const int wanted = std::max(floor > 0 ? floor : column.narrowest, whole);
    least.push_back(column.overflow == Overflow::never ? widths[i] : std::min(widths[i], wanted));
  }
  return least;
}

// Takes away columns that may go until the narrowest layout fits; returns their titles.
std::vector<std::string> drop_columns(const Table& table, std::vector<std::size_t>& used, int width) {
  std::vector<std::string> dropped;
  while (total_of(least_widths(table, used, natural_widths(table, used), 0)) > width) {
    const auto first = std::max_element(used.begin(), used.end(),
                                        [&](std::size_t a, std::size_t b) { return table.columns[a].drop < table.columns[b].drop; });
    if (first == used.end() || table.columns[*first].drop == 0) break;
    dropped.push_back(table.columns[*first].title);
    used.erase(first);
  }
  return dropped;
}

void shrink(const std::vector<int>& least, std::vector<int>& widths, int width) {
  for (int total = total_of(widths); total > width; --total) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == nullptr || widths[i] >= *widest)) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

Table printable_table(Table table) {
  for (Row& row : table.rows) {
    for (std::string& cell : row.cells) cell = printable(cell);
    row.note = printable(row.note);
  }
  return table;
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

std::string to_text(const Table& given, int width, Colour colour) {
  const Table table = printable_table(given);
  std::vector<std::size_t> used = used_columns(table);
  std::vector<std::string> dropped;
  if (width > 0) dropped = drop_columns(table, used, width);
  std::vector<int> widths = natural_widths(table, used);
  // 0: each column's own narrowest; then ever less, since a line must fit.
  for (const int floor : {0, 4, 2}) {
    if (width > 0) shrink(least_widths(table, used, widths, floor), widths, width);
  }
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
  if (dropped.empty()) return out;
  std::string missing = "(not shown at this width: ";
  for (std::size_t i = 0; i < dropped.size(); ++i) missing += (i > 0 ? ", " : "") + dropped[i];
  for (const std::string& line : wrap(missing + ")", width)) out += line + "\n";
  return out;
}

}  // namespace evenkeel
