// SPDX-License-Identifier: Apache-2.0
// Sets entries of one object within a JSON text and leaves every other byte as it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/json/events.hpp"
#include "io/write/piece.hpp"

namespace evenkeel::json {

/// `text` in place of a range of the old text.
struct TextEdit {
  Range range;
  std::string text;
};

/// Where the entries of a map of texts stand, "__metadata__" or an index's "metadata", that is an entry of the outermost object.
class MapPlaces {
 public:
  explicit MapPlaces(std::string name) : name_(std::move(name)) {}

  /// A listener passes its events on. Values other than text are left alone.
  void key(const Cursor& at);
  void enter(const Cursor& at);
  void leave(const Cursor& at);
  void scalar(const Cursor& at, const Scalar& value);

  [[nodiscard]] const std::map<std::string, std::string>& values() const noexcept { return values_; }
  /// What gives the map these entries too: nothing where it has them already.
  [[nodiscard]] std::vector<TextEdit> edits(std::string_view text, const std::map<std::string, std::string>& wanted) const;

 private:
  [[nodiscard]] bool is_here(const Cursor& at) const;
  [[nodiscard]] std::string added(std::string_view text, const std::map<std::string, std::string>& entries) const;

  std::string name_;
  std::map<std::string, std::string> values_;
  std::map<std::string, Range> places_;  // of the values' text, from behind the key
  std::size_t root_ = 0;                 // behind the outermost brace
  bool root_has_keys_ = false;
  std::size_t key_end_ = 0;         // behind the latest key
  std::optional<Range> null_;       // the map, where it is null
  std::optional<std::size_t> map_;  // behind its opening brace
  std::size_t last_ = 0;            // behind its last value
};

/// Edits must not overlap; their order is free.
[[nodiscard]] std::string edited(std::string_view text, std::vector<TextEdit> edits);
[[nodiscard]] std::string text_literal(const std::string& text);

}  // namespace evenkeel::json
