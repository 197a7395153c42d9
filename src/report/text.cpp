// SPDX-License-Identifier: Apache-2.0
// UTF-8 text measured, cut and wrapped by display columns.
#include <algorithm>
#include <array>
#include <cstdint>

#include "evenkeel/report/table.hpp"

namespace evenkeel {
namespace {

struct Glyph {
  std::size_t bytes;
  int columns;
};

struct Range {
  std::uint32_t first, last;
};

constexpr std::array combining = {Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},
                                  Range{0x200B, 0x200F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                                  Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};
constexpr std::array wide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},  Range{0xAC00, 0xD7A3},
                             Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6},
                             Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t code) noexcept {
  return std::any_of(ranges.begin(), ranges.end(), [code](Range r) { return r.first <= code && code <= r.last; });
}

Glyph glyph_at(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead < 0x20 || lead == 0x7F ? 0 : 1};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1;
  if (length == 1 || length > text.size()) return {1, 1};
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {1, 1};
    code = code << 6 | (byte & 0x3FU);
  }
  return {length, within(combining, code) ? 0 : within(wide, code) ? 2 : 1};
}

// Bytes of the longest start of the text that fits.
std::size_t prefix_bytes(std::string_view text, int width) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const Glyph glyph = glyph_at(text.substr(at));
    if (glyph.columns > width) break;
    width -= glyph.columns;
    at += glyph.bytes;
  }
  return at;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Bytes up to and with the last '/', '.', '_', ',' or '(' that fits, where it does not stand within a number; all that fits where there is
// none.
std::size_t last_break(std::string_view text, std::size_t fits) noexcept {
  for (std::size_t at = fits; at-- > 1;) {
    if (std::string_view("/._,(").find(text[at]) == std::string_view::npos) continue;
    const bool in_number = is_digit(text[at - 1]) && at + 1 < text.size() && is_digit(text[at + 1]);
    if (!in_number) return at + 1;
  }
  return fits;
}

}  // namespace

int display_width(std::string_view text) noexcept {
  int columns = 0;
  while (!text.empty()) {
    const Glyph glyph = glyph_at(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

std::string cut_middle(std::string_view text, int width) {
  const int total = display_width(text);
  if (total <= width) return std::string(text);
  if (width < 1) return "";
  const int head = (width - 1) / 2, tail = width - 1 - head;
  std::size_t from = prefix_bytes(text, total - tail);
  while (from < text.size() && display_width(text.substr(from)) > tail) from += glyph_at(text.substr(from)).bytes;
  return std::string(text.substr(0, prefix_bytes(text, head))).append("\xE2\x80\xA6").append(text.substr(from));
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  if (width < 1) return {std::string(text)};
  while (display_width(text) > width) {
    const std::size_t fits = std::max(prefix_bytes(text, width), glyph_at(text).bytes);
    std::size_t cut = text.substr(0, std::min(fits + 1, text.size())).rfind(' ');
    if (cut == std::string_view::npos || cut == 0) { cut = last_break(text, fits); }
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut);
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::string with_thousands(long long number) {
  std::string digits = std::to_string(number);
  const std::size_t start = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > start + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace evenkeel
