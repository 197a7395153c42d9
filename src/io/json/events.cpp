// SPDX-License-Identifier: Apache-2.0
// nlohmann's event parser, which keeps no call stack, behind an iterator that tells how far it has read.
#include "io/json/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "evenkeel/base/error.hpp"

namespace evenkeel::json {
namespace {

constexpr std::size_t longest_shown = 120;

/// The lexer takes one character at a time and looks ahead only behind a number: after the event of any other token the last character
/// taken is the token's last.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** furthest;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    *furthest = ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }
};

/// "syntax error while parsing value - invalid literal" out of nlohmann's longer words, which repeat the text they met.
std::string reason_of(const std::string& message) {
  std::string reason = message;
  if (const std::size_t end = reason.find("; last read"); end != std::string::npos) reason.resize(end);
  if (const std::size_t bracket = reason.find("] "); bracket != std::string::npos) reason.erase(0, bracket + 2);
  if (const std::size_t column = reason.find(": "); reason.starts_with("parse error") && column != std::string::npos)
    reason.erase(0, column + 2);
  return reason.substr(0, longest_shown);
}

/// Names come from strangers too: a zero byte would end the message.
std::string readable(std::string_view name) {
  std::size_t end = std::min(name.size(), longest_shown);
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end;  // not within a character
  std::string text;
  for (const char c : name.substr(0, end)) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f)
      text += fmt::format("\\x{:02x}", code);
    else
      text += c;
  }
  return end < name.size() ? text + "..." : text;
}

}  // namespace

void refuse_at(const Origin& origin, std::uint64_t position, const std::string& what) {
  fail(ErrorCode::bad_file, fmt::format("{}: byte {}: {}", origin.file, origin.offset + position, what));
}

std::string in_quotes(std::string_view name) { return fmt::format("'{}'", readable(name)); }

std::string shown(const Scalar& scalar) {
  struct Show {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::uint64_t value) const { return std::to_string(value); }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{:#}", value); }
    std::string operator()(const std::string& value) const { return in_quotes(value); }
  };
  return std::visit(Show{}, scalar);
}

std::string Cursor::path() const {
  std::string text;
  for (const Frame& frame : frames_) {
    if (!frame.object) {
      text += fmt::format("[{}]", frame.index);
    } else if (!frame.key.empty() || &frame != &frames_.front()) {
      if (!text.empty()) text += '.';
      text += readable(frame.key);
    }
  }
  return text;
}

void Cursor::refuse(const std::string& what) const {
  const std::string place = path();
  refuse_at(*origin_, position_, place.empty() ? what : fmt::format("{}: {}", place, what));
}

/// nlohmann's event interface, with the checks that hold for every document.
class Reader {
 public:
  Reader(std::string_view text, const Origin& origin, Listener& listener)
      : text_(text), origin_(origin), listener_(listener), cursor_(origin), furthest_(text.data()) {}

  void run() {
    const char* const end = text_.data() + text_.size();
    nlohmann::json::sax_parse(CountingIterator{text_.data(), &furthest_}, CountingIterator{end, &furthest_}, this);
  }

  bool null() { return on_scalar(std::monostate{}); }
  bool boolean(bool value) { return on_scalar(value); }
  bool number_integer(std::int64_t value) { return on_scalar(value); }
  bool number_unsigned(std::uint64_t value) { return on_scalar(value); }
  bool number_float(double value, const std::string&) { return on_scalar(value); }
  bool string(std::string& value) { return on_scalar(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return on_enter(Opens::object); }
  bool start_array(std::size_t) { return on_enter(Opens::array); }
  bool end_object() { return on_leave(); }
  bool end_array() { return on_leave(); }

  bool key(std::string& name) {
    advance();
    Cursor::Frame& frame = cursor_.frames_.back();
    frame.key = name;
    if (frame.keys.size() == most_keys)
      cursor_.refuse(fmt::format("expected at most {} keys in an object; do not trust this file", most_keys));
    if (!frame.keys.insert(std::move(name)).second)
      cursor_.refuse(fmt::format("expected every key of {} once, found it twice; do not trust this file, make it again", origin_.what));
    listener_.key(cursor_);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const std::exception& error) {
    refuse_at(origin_, position == 0 ? 0 : position - 1,
              fmt::format("expected {} in JSON and UTF-8, found: {}; make the file again or check the download", origin_.what,
                          reason_of(error.what())));
  }

 private:
  void advance() { cursor_.position_ = static_cast<std::size_t>(furthest_ - text_.data()); }

  bool on_scalar(Scalar value) {
    advance();
    listener_.scalar(cursor_, std::move(value));
    count();
    return true;
  }

  bool on_enter(Opens what) {
    advance();
    if (cursor_.depth() >= deepest)
      cursor_.refuse(fmt::format("expected {} to nest at most {} deep; do not trust this file", origin_.what, deepest));
    listener_.enter(cursor_, what);
    cursor_.frames_.push_back({what == Opens::object, {}, 0, {}});
    return true;
  }

  bool on_leave() {
    advance();
    cursor_.frames_.pop_back();
    listener_.leave(cursor_);
    count();
    return true;
  }

  void count() {
    if (cursor_.depth() > 0) ++cursor_.frames_.back().index;
  }

  std::string_view text_;
  const Origin& origin_;
  Listener& listener_;
  Cursor cursor_;
  const char* furthest_;
};

void read(std::string_view text, const Origin& origin, Listener& listener) {
  // Both pass with nlohmann, a mark as nothing and a NUL as the end, and with nobody else.
  if (text.starts_with("\xef\xbb\xbf"))
    refuse_at(origin, 0, fmt::format("expected {} in JSON, found a byte order mark; save it as UTF-8 without one", origin.what));
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
    refuse_at(origin, nul, fmt::format("expected {} in JSON, found a zero byte; make the file again or check the download", origin.what));
  Reader(text, origin, listener).run();
}

}  // namespace evenkeel::json
