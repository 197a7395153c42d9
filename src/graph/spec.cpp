// SPDX-License-Identifier: Apache-2.0
// A small parser that always knows where it is, so that its messages can point there.
#include "evenkeel/graph/spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

constexpr std::int64_t largest_width = 1 << 24;
constexpr std::int64_t most_layers = 10'000;

struct Family {
  std::string_view name;
  const char* example;
};
constexpr std::array<Family, 4> families{
    {{"mlp", "mlp:784,256x8,10:relu"}, {"cnn", "cnn:3,32x2,64x2,10:relu"}, {"resnet", "resnet:18"}, {"gpt", "gpt:128x4,heads=2"}}};

const Family* find_family(std::string_view text) noexcept {
  const std::string_view name = text.substr(0, text.find(':'));
  const auto found = std::find_if(families.begin(), families.end(), [&](const Family& family) { return family.name == name; });
  return found == families.end() || name.size() == text.size() ? nullptr : &*found;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Spec parse() {
    const Family* const family = find_family(text_);
    if (family == nullptr) fail_at(0, "expected mlp:, cnn:, resnet: or gpt:");
    example_ = family->example;
    spec_.family = std::string(family->name);
    spec_.text = std::string(text_);
    at_ = family->name.size() + 1;
    if (spec_.family == "resnet")
      parse_resnet();
    else if (spec_.family == "gpt")
      parse_gpt();
    else
      parse_layers();
    if (at_ != text_.size()) fail_at(at_, "expected the end of the spec");
    return spec_;
  }

 private:
  [[noreturn]] void fail_at(std::size_t place, const std::string& expected) const {
    const std::string found = place < text_.size() ? std::string("found '") + std::string(text_.substr(place)) + "'" : "found the end";
    fail(ErrorCode::invalid_argument, "bad spec: " + expected + " at position " + std::to_string(place + 1) + ", " + found + "\n  " +
                                          std::string(text_) + "\n  " + std::string(place, ' ') + "^\nfor example " + example_);
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::int64_t number(const std::string& what, std::int64_t limit) {
    const std::size_t begin = at_;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (end == text_.data() + at_ || error != std::errc{} || value < 1 || value > limit) {
      fail_at(begin, "expected " + what + " from 1 to " + std::to_string(limit));
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  void width_and_count() {
    const std::int64_t width = number("a width", largest_width);
    const std::int64_t count = take('x') ? number("a count of layers", most_layers) : 1;
    if (static_cast<std::int64_t>(spec_.widths.size()) + count > most_layers) fail_at(at_, "expected at most 10000 layers in all");
    spec_.widths.insert(spec_.widths.end(), static_cast<std::size_t>(count), width);
    spec_.groups.push_back(count);
  }

  void parse_layers() {
    do width_and_count();
    while (take(','));
    if (spec_.groups.size() < (spec_.family == "cnn" ? 3U : 2U))
      fail_at(at_, spec_.family == "cnn" ? "expected ',' and more widths: channels of the "
                                           "input, of the layers, then classes"
                                         : "expected ',' and more widths: of the input, of the layers, then of the output");
    if (spec_.groups.front() != 1) fail_at(text_.find('x'), "expected one width for the input, without a count,");
    if (spec_.groups.back() != 1) fail_at(text_.rfind('x'), "expected one width for the output, without a count,");
    const std::vector<std::string> known = spec_activations();
    if (!take(':')) fail_at(at_, "expected ',' and a width, 'x' and a count, or ':' and an activation");
    spec_.activation = std::string(text_.substr(at_));
    if (std::find(known.begin(), known.end(), spec_.activation) == known.end())
      fail_at(at_, "expected an activation (" + join(known) + ")");
    at_ = text_.size();
  }

  void parse_resnet() {
    const std::size_t begin = at_;
    const std::int64_t depth = number("a depth", 152);
    constexpr std::array<std::int64_t, 5> depths{18, 34, 50, 101, 152};
    if (std::find(depths.begin(), depths.end(), depth) == depths.end()) fail_at(begin, "expected a depth of 18, 34, 50, 101 or 152");
    spec_.widths = {depth};
    spec_.groups = {1};
    spec_.activation = "relu";
  }

  void parse_gpt() {
    const std::int64_t width = number("a width", largest_width);
    if (!take('x')) fail_at(at_, "expected 'x' and the number of blocks");
    spec_.groups = {number("a number of blocks", most_layers)};
    spec_.widths.assign(static_cast<std::size_t>(spec_.groups[0]), width);
    spec_.activation = "gelu";
    spec_.options = {{"heads", width % 64 == 0 ? width / 64 : 1}, {"vocab", 256}, {"context", 256}};
    while (take(',')) {
      const std::size_t begin = at_;
      const std::size_t equals = std::min(text_.find('=', at_), text_.size());
      const std::string name(text_.substr(begin, equals - begin));
      if (equals == text_.size() || !spec_.options.contains(name)) fail_at(begin, "expected heads=, vocab= or context=");
      at_ = equals + 1;
      spec_.options[name] = number("a number", largest_width);
      if (name == "heads" && width % spec_.options[name] != 0)
        fail_at(equals + 1, "expected heads that divide the width " + std::to_string(width));
    }
  }

  std::string_view text_;
  std::string example_ = "mlp:784,256x8,10:relu";
  std::size_t at_ = 0;
  Spec spec_;
};

}  // namespace

std::vector<std::string> spec_activations() {
  return {"elu", "gelu", "hardswish", "leaky_relu", "linear", "mish", "relu", "selu", "sigmoid", "silu", "softplus", "softsign", "tanh"};
}

std::vector<std::string> spec_families() {
  std::vector<std::string> names;
  for (const Family& family : families) names.emplace_back(family.name);
  return names;
}

bool is_spec(std::string_view text) noexcept { return find_family(text) != nullptr; }

Spec parse_spec(std::string_view text) { return Parser(text).parse(); }

}  // namespace evenkeel
