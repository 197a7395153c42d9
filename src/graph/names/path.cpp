// SPDX-License-Identifier: Apache-2.0
#include "graph/names/path.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace evenkeel::names {
namespace {

bool is_upper(char c) noexcept { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) noexcept { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) noexcept { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
char lower(char c) noexcept { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string snake(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hump =
        is_upper(c) && i > 0 && (is_lower(text[i - 1]) || (is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1])));
    if (hump && !out.empty() && out.back() != '_') out += '_';
    out += c == '-' || c == ' ' ? '_' : lower(c);
  }
  return out;
}

bool separates(char c) noexcept { return c == '.' || c == '/' || c == ':' || c == '|' || c == '~'; }

bool is_wrapper(std::string_view text) noexcept {
  return is_one_of(text,
                   {"module", "_orig_mod", "params", "batch_stats", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "state_dict",
                    "_torch_params", "vars", "layer_checkpoint_dependencies", "base_layer", "modules_to_save", "original_module"});
}

// Every start of a path is looked at, so that the cost grows with the square of its length; no module is nested as deep.
constexpr std::ptrdiff_t most_segments = 64;

bool is_model_name(const Segment& s) noexcept {
  return s.index > 0 && ((s.stem.ends_with("v") && !s.stem.ends_with("conv")) ||
                         is_one_of(s.stem, {"gpt", "t", "mt", "umt", "byt", "wav2vec", "mamba", "qwen", "phi", "gemma", "llama", "rwkv",
                                            "yolos", "data2vec", "blip", "m2m", "xmod", "olmo", "dinov"}));
}

}  // namespace

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) noexcept {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

bool has_word(std::string_view text, std::string_view word) noexcept {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || text[at - 1] == '_' || is_digit(text[at - 1]);
    const std::size_t end = at + word.size();
    const bool ends = end == text.size() || text[end] == '_' || is_digit(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

bool has_any_word(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has_word(text, word); });
}

bool path_has_word(const Path& path, std::initializer_list<std::string_view> words) noexcept {
  return std::any_of(path.begin(), path.end(), [&](const Segment& s) { return has_any_word(s.text, words); });
}

Segment parse_segment(std::string_view text) {
  Segment segment;
  segment.text = snake(text);
  std::size_t end = segment.text.size();
  while (end > 0 && is_digit(segment.text[end - 1])) --end;
  if (end < segment.text.size() && segment.text.size() - end <= 9) segment.index = std::stoll(segment.text.substr(end));
  segment.stem = segment.text.substr(0, segment.index >= 0 ? end : segment.text.size());
  while (segment.index >= 0 && !segment.stem.empty() && segment.stem.back() == '_') segment.stem.pop_back();
  return segment;
}

Path parse_path(std::string_view name) {
  Path path;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    if (i < name.size() && !separates(name[i])) continue;
    const std::string_view part = name.substr(begin, i - begin);
    const bool variable_number = i == name.size() && begin > 0 && name[begin - 1] == ':';  // TensorFlow's ":0"
    if (!part.empty() && !variable_number) {
      Segment segment = parse_segment(part);
      if (path.empty() && is_model_name(segment)) {  // "gpt2", "convnextv2": no place in a list
        segment.stem = segment.text;
        segment.index = -1;
      }
      if (!is_wrapper(segment.text)) path.push_back(std::move(segment));
    }
    begin = i + 1;
  }
  if (std::ssize(path) > most_segments) path.erase(path.begin(), path.end() - most_segments);
  if (path.size() > 2 && path[0].text == "base_model" && path[1].text == "model") path.erase(path.begin(), path.begin() + 2);
  if (path.empty()) path.push_back(parse_segment(name));
  return path;
}

std::string joined(const Path& path, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, path.size()); ++i) {
    if (i > 0) text += '.';
    text += path[i].text;
  }
  return text;
}

}  // namespace evenkeel::names
