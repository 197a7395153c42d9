// SPDX-License-Identifier: Apache-2.0
#include "schemes/expression.hpp"

#include <charconv>
#include <cmath>

namespace evenkeel::schemes {
namespace {

constexpr int max_depth = 64;

// Recursive descent; `ok_` falls once and stays.
class Expression {
 public:
  explicit Expression(std::string_view text) : text_(text) {}

  std::optional<double> parse() {
    const double value = sum(0);
    skip();
    return ok_ && at_ == text_.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  double sum(int depth) {
    double value = product(depth);
    while (ok_) {
      if (take('+')) {
        value += product(depth);
      } else if (take('-')) {
        value -= product(depth);
      } else {
        break;
      }
    }
    return value;
  }

  double product(int depth) {
    double value = factor(depth);
    while (ok_) {
      if (take('*')) {
        value *= factor(depth);
      } else if (take('/')) {
        value /= factor(depth);
      } else {
        break;
      }
    }
    return value;
  }

  double factor(int depth) {
    if (depth > max_depth) {
      ok_ = false;
      return 0;
    }
    if (take('-')) return -factor(depth + 1);
    if (take('(')) return bracket(depth);
    skip();
    if (text_.substr(at_).starts_with("sqrt")) {
      at_ += 4;
      ok_ = ok_ && take('(');
      return std::sqrt(bracket(depth));
    }
    return number();
  }

  double bracket(int depth) {
    const double value = sum(depth + 1);
    ok_ = ok_ && take(')');
    return value;
  }

  double number() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    ok_ = ok_ && error == std::errc{} && begin != end && (*begin == '.' || (*begin >= '0' && *begin <= '9'));
    if (ok_) at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

std::optional<double> parse_number(std::string_view text) { return Expression(text).parse(); }

std::string print_number(double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  return {digits, end};
}

}  // namespace evenkeel::schemes
