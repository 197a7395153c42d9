// SPDX-License-Identifier: Apache-2.0
// A reader for the few Python literals that numpy.save writes; nothing is evaluated.
#include "io/npz/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "io/checked_size.hpp"
#include "io/npz/little_endian.hpp"

namespace evenkeel::npz {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view magic = "\x93NUMPY"sv;
constexpr const char* advice = "; save the file again or check the download";
constexpr int deepest_type = 32;

class Literal {
 public:
  Literal(const json::Origin& origin, std::string_view text, std::uint64_t offset) : origin_(origin), text_(text), offset_(offset) {}

  Npy read() {
    Npy npy;
    expect('{');
    std::set<std::string> keys;
    while (!accept('}')) {
      const std::string key = quoted_text();
      expect(':');
      if (key == "descr")
        npy.type = type();
      else if (key == "fortran_order")
        npy.column_major = truth();
      else if (key == "shape")
        npy.shape = shape();
      else
        refuse(fmt::format("expected descr, fortran_order or shape, found {}", json::in_quotes(key)));
      if (!keys.insert(key).second) refuse(fmt::format("expected {} once, found it twice", json::in_quotes(key)));
      if (accept('}')) break;
      expect(',');
    }
    skip_space();
    if (at_ != text_.size()) refuse("expected spaces to the end of the header, found something else");
    if (keys.size() != 3) refuse("expected descr, fortran_order and shape, found fewer");
    return npy;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    json::refuse_at(origin_, offset_ + at_, "the array's header: " + what + advice);
  }

  void skip_space() {
    while (at_ < text_.size() && " \t\r\n"sv.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(fmt::format("expected '{}'", c));
  }

  std::string quoted_text() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) refuse("expected a text in quotes");
    std::string text(text_.substr(at_ + 1, end - at_ - 1));
    if (text.find('\\') != std::string::npos) refuse("expected a text without backslashes");
    at_ = end + 1;
    return text;
  }

  bool truth() {
    skip_space();
    for (const auto& [word, value] : {std::pair("True"sv, true), std::pair("False"sv, false)}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    refuse("expected True or False");
  }

  Shape shape() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t length = 0;
      const auto [end, problem] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), length);
      if (problem != std::errc() || length < 0) refuse("expected a dimension, a whole number from 0 to 2^63 - 1");
      at_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
      if (shape.size() == most_dimensions) refuse(fmt::format("expected at most {} dimensions", most_dimensions));
      shape.push_back(length);
      if (accept(')')) break;
      expect(',');
    }
    return shape;
  }

  /// A text, or a structured type, whose brackets are only counted.
  std::string type() {
    skip_space();
    const std::size_t begin = at_;
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) return quoted_text();
    int depth = 0;
    do {
      if (at_ >= text_.size()) refuse("expected a type that ends");
      const char c = text_[at_];
      if (c == '\'' || c == '"') {
        (void)quoted_text();
        continue;
      }
      if (c == '[' || c == '(') ++depth;
      if (c == ']' || c == ')') --depth;
      if (depth == 0 && at_ == begin) refuse("expected a type, a text or a list of fields");
      if (depth > deepest_type) refuse("expected a type that nests less deeply");
      ++at_;
    } while (depth > 0);
    return std::string(text_.substr(begin, at_ - begin));
  }

  const json::Origin& origin_;
  std::string_view text_;
  std::uint64_t offset_;
  std::size_t at_ = 0;
};

DType dtype_of(char kind, std::uint64_t width) {
  static constexpr std::pair<std::string_view, DType> rows[] = {
      {"f8", DType::f64}, {"f4", DType::f32}, {"f2", DType::f16}, {"i1", DType::i8},  {"i2", DType::i16}, {"i4", DType::i32},
      {"i8", DType::i64}, {"u1", DType::u8},  {"u2", DType::u16}, {"u4", DType::u32}, {"u8", DType::u64}, {"b1", DType::boolean}};
  const std::string name = fmt::format("{}{}", kind, width);
  const auto* const row = std::find_if(std::begin(rows), std::end(rows), [&](const auto& r) { return r.first == name; });
  return row == std::end(rows) ? DType::other : row->second;
}

/// "<f4", "|u1", ">i8", "|V2", "<U7", "<M8[ns]", "|O".
void describe_type(const json::Origin& origin, Npy& npy) {
  std::string_view type = npy.type;
  if (type.starts_with('[') || type.starts_with('(')) {  // fields, which may hold objects
    npy.pickled = type.find("'O'") != std::string_view::npos || type.find("'|O'") != std::string_view::npos;
    return;
  }
  const auto refuse = [&] {
    json::refuse_at(origin, 0,
                    fmt::format("the array's header: expected a type such as '<f4', found {}{}", json::in_quotes(npy.type), advice));
  };
  if (!type.empty() && "<>|="sv.find(type.front()) != std::string_view::npos) {
    npy.big_endian = type.front() == '>';
    type.remove_prefix(1);
  }
  if (type.empty() || "biufcSUVaMmO"sv.find(type.front()) == std::string_view::npos) refuse();
  const char kind = type.front();
  type.remove_prefix(1);
  npy.pickled = kind == 'O';
  if (npy.pickled) return;
  std::uint64_t width = 0;
  const auto [end, problem] = std::from_chars(type.data(), type.data() + type.size(), width);
  if (problem != std::errc() || width > std::uint64_t{1} << 40U) refuse();
  const std::string_view unit = type.substr(static_cast<std::size_t>(end - type.data()));
  const bool timed = kind == 'M' || kind == 'm';
  if (!unit.empty() && !(timed && unit.front() == '[' && unit.back() == ']')) refuse();
  npy.width = kind == 'U' ? 4 * width : width;
  npy.dtype = dtype_of(kind, width);
}

}  // namespace

std::uint64_t npy_length(const json::Origin& origin, std::string_view lead) {
  const unsigned version = lead.size() > magic.size() ? static_cast<unsigned char>(lead[magic.size()]) : 0;
  const unsigned width = version == 1 ? 2 : 4;
  if (!lead.starts_with(magic) || version < 1 || version > 3 || lead.size() < magic.size() + 2 + width)
    json::refuse_at(
        origin, 0,
        fmt::format("expected a NumPy array, which begins with \\x93NUMPY and a version from 1 to 3, found something else{}", advice));
  const std::uint64_t length = magic.size() + 2 + width + number_at(lead, magic.size() + 2, width);
  if (length > longest_npy_header) {
    json::refuse_at(origin, 0,
                    fmt::format("the array's header: expected at most {} bytes, found {}{}", longest_npy_header, length, advice));
  }
  return length;
}

Npy read_npy(const json::Origin& origin, std::string_view header) {
  const std::uint64_t begin = magic.size() + 2 + (header[magic.size()] == 1 ? 2 : 4);
  Npy npy = Literal(origin, header.substr(begin), begin).read();
  npy.length = header.size();
  describe_type(origin, npy);
  if (!bits_of(npy.shape, 8 * std::max<std::uint64_t>(npy.width, 1)))
    json::refuse_at(origin, 0, fmt::format("shape {} of type {} is larger than any file{}", to_string(npy.shape), npy.type, advice));
  return npy;
}

std::string npy_header(const Npy& like) {
  constexpr std::size_t alignment = 64;
  std::string type = like.type;
  if (type.front() == '>') type.front() = '<';
  std::string shape = "(";
  for (std::size_t i = 0; i < like.shape.size(); ++i) shape += fmt::format("{}{}", i == 0 ? "" : ", ", like.shape[i]);
  if (like.shape.size() == 1) shape += ",";
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}), }}", type, shape);
  const std::size_t before = magic.size() + 4;  // version 1: all that a shape of 64 dimensions takes is below 65536 bytes
  const std::size_t whole = (before + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.append(whole - before - text.size() - 1, ' ').append("\n");
  std::string header(magic);
  header.append("\x01\x00"sv);
  append_number(header, text.size(), 2);
  return header + text;
}

}  // namespace evenkeel::npz
