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
  bool shown = true;  // false: a control character, or no UTF-8
};

struct Range {
  std::uint32_t first, last;
};

constexpr std::array combining = {Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},
                                  Range{0x200B, 0x200F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                                  Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};
constexpr std::array unseen = {Range{0x80, 0x9F}, Range{0x200E, 0x200F}, Range{0x2028, 0x202E}, Range{0x2066, 0x2069}};
constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};  // code of so many bytes
constexpr std::array wide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},  Range{0xAC00, 0xD7A3},
                             Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6},
                             Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t code) noexcept {
  return std::any_of(ranges.begin(), ranges.end(), [code](Range r) { return r.first <= code && code <= r.last; });
}

Glyph glyph_at(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7F ? Glyph{1, 0, false} : Glyph{1, 1};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1;
  if (length == 1 || length > text.size()) return {1, 1, false};
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {1, 1, false};
    code = code << 6 | (byte & 0x3FU);
  }
  if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {1, 1, false};
  if (within(unseen, code)) return {length, 0, false};
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

// End of the number that starts here: 12, 0.5, 1e-05.
std::size_t number_end(std::string_view text, std::size_t at) noexcept {
  const auto digit = [text](std::size_t i) { return i < text.size() && is_digit(text[i]); };
  while (digit(at)) ++at;
  if (at < text.size() && text[at] == '.' && digit(at + 1)) {
    for (++at; digit(at);) ++at;
  }
  if (at >= text.size() || text[at] != 'e') return at;
  const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0;
  if (!digit(at + 1 + sign)) return at;
  for (at += 1 + sign; digit(at);) ++at;
  return at;
}

// The cut itself, or the start of the number that it would part, unless the text begins with that number.
std::size_t outside_number(std::string_view text, std::size_t cut) noexcept {
  for (std::size_t at = 0; at < cut;) {
    const std::size_t end = is_digit(text[at]) ? number_end(text, at) : at + 1;
    if (end > cut && at > 0) return at;
    at = end;
  }
  return cut;
}

// Bytes up to and with the last mark that fits, where it does not stand within a number; all that fits where there is none.
std::size_t last_break(std::string_view text, std::size_t fits) noexcept {
  for (std::size_t at = fits; at-- > 1;) {
    const bool in_number = is_digit(text[at - 1]) && at + 1 < text.size() && is_digit(text[at + 1]);
    const bool is_mark = std::string_view("/._,(|").find(text[at]) != std::string_view::npos;
    if (in_number ? text[at] == 'x' : is_mark) return at + 1;
  }
  return outside_number(text, fits);
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
  for (std::size_t fitting = prefix_bytes(text, width); fitting < text.size(); fitting = prefix_bytes(text, width)) {
    const std::size_t fits = std::max(fitting, glyph_at(text).bytes);
    std::size_t cut = text.substr(0, std::min(fits + 1, text.size())).rfind(' ');
    if (cut == std::string_view::npos || cut == 0) { cut = last_break(text, fits); }
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut);
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

int longest_number(std::string_view text) noexcept {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = is_digit(text[at]) ? number_end(text, at) : at + 1;
    if (is_digit(text[at])) longest = std::max(longest, end - at);
    at = end;
  }
  return static_cast<int>(longest);
}

std::string printable(std::string_view text, bool keep_newlines) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const Glyph glyph = glyph_at(text);
    const bool as_is = glyph.shown || (keep_newlines && text[0] == '\n');
    for (const char c : text.substr(0, glyph.bytes)) {
      const auto byte = static_cast<unsigned char>(c);
      if (as_is) {
        out += c;
      } else {
        out.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
      }
    }
    text.remove_prefix(glyph.bytes);
  }
  return out;
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
