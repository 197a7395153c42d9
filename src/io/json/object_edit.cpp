// SPDX-License-Identifier: Apache-2.0
// New entries take the white space of those that stand there.
#include "io/json/object_edit.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace evenkeel::json {
namespace {

constexpr std::string_view white = " \t\r\n";

/// From behind a key to the end of its value: the value's own text.
Range value_range(std::string_view text, Range from_key) {
  std::size_t begin = text.find_first_not_of(white, from_key.begin);  // the colon
  begin = text.find_first_not_of(white, begin + 1);
  return {begin, from_key.end};
}

/// What stands between an opening brace and the first key.
std::string_view space_behind(std::string_view text, std::size_t brace) {
  const std::size_t end = text.find_first_not_of(white, brace);
  return text.substr(brace, end - brace);
}

}  // namespace

bool MapPlaces::is_here(const Cursor& at) const { return at.depth() >= 1 && at.key(0) == name_; }

void MapPlaces::key(const Cursor& at) {
  root_has_keys_ = true;
  if (at.depth() <= 2) key_end_ = at.position();
}

void MapPlaces::enter(const Cursor& at) {
  if (at.depth() == 0) root_ = at.position();
  if (at.depth() == 1 && is_here(at)) map_ = at.position();
}

void MapPlaces::leave(const Cursor& at) {
  if (at.depth() != 2 || !is_here(at)) return;
  last_ = at.position();
  places_.insert_or_assign(at.key(1), Range{key_end_, last_});
}

void MapPlaces::scalar(const Cursor& at, const Scalar& value) {
  if (!is_here(at)) return;
  if (at.depth() == 1 && std::holds_alternative<std::monostate>(value)) null_ = Range{key_end_, at.position()};
  if (at.depth() != 2) return;
  const bool number =
      std::holds_alternative<std::uint64_t>(value) || std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
  last_ = at.position() - (number ? 1 : 0);  // a number ends where the next character is none of it
  places_.insert_or_assign(at.key(1), Range{key_end_, last_});
  if (const auto* const text = std::get_if<std::string>(&value)) values_.insert_or_assign(at.key(1), *text);
}

std::string MapPlaces::added(std::string_view text, const std::map<std::string, std::string>& entries) const {
  const std::string_view space = map_ && last_ != 0 ? space_behind(text, *map_) : std::string_view();
  const std::string_view colon = space.empty() ? ":" : ": ";
  std::string all;
  for (const auto& [key, value] : entries) {
    if (!all.empty()) all += ",";
    all.append(space).append(text_literal(key)).append(colon).append(text_literal(value));
  }
  return all;
}

std::vector<TextEdit> MapPlaces::edits(std::string_view text, const std::map<std::string, std::string>& wanted) const {
  std::vector<TextEdit> edits;
  std::map<std::string, std::string> fresh;
  for (const auto& [key, value] : wanted) {
    const auto place = places_.find(key);
    const auto old = values_.find(key);
    if (place == places_.end())
      fresh.emplace(key, value);
    else if (old == values_.end() || old->second != value)
      edits.push_back({value_range(text, place->second), text_literal(value)});
  }
  if (fresh.empty()) return edits;
  const std::string entries = added(text, fresh);
  if (null_) {
    edits.push_back({value_range(text, *null_), "{" + entries + "}"});
  } else if (map_) {
    const std::size_t at = last_ == 0 ? *map_ : last_;
    edits.push_back({{at, at}, last_ == 0 ? entries : "," + entries});
  } else {
    const std::string_view space = root_has_keys_ ? space_behind(text, root_) : std::string_view();
    std::string entry = std::string(space) + text_literal(name_) + (space.empty() ? ":{" : ": {") + entries + "}";
    edits.push_back({{root_, root_}, entry + (root_has_keys_ ? "," : "")});
  }
  return edits;
}

std::string edited(std::string_view text, std::vector<TextEdit> edits) {
  std::sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) { return a.range.begin < b.range.begin; });
  std::string result;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    result.append(text.substr(at, edit.range.begin - at)).append(edit.text);
    at = edit.range.end;
  }
  return result.append(text.substr(at));
}

std::string text_literal(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace evenkeel::json
