// SPDX-License-Identifier: Apache-2.0
// What config.json says of the part of the model that a path belongs to: sizes, family, activation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evenkeel/graph/graph.hpp"
#include "graph/names/path.hpp"

namespace evenkeel::names {

class Settings {
 public:
  explicit Settings(const Graph& graph) : graph_(graph) {}

  [[nodiscard]] bool any() const noexcept { return !graph_.settings.empty(); }
  [[nodiscard]] std::string origin() const { return graph_.settings_origin.empty() ? "the settings" : graph_.settings_origin; }
  /// The first of the keys that is there: in the part's own section ("text_config") before the top.
  [[nodiscard]] std::optional<std::int64_t> integer(const Path& path, std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] std::optional<std::string> text(const Path& path, std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] std::optional<bool> flag(const Path& path, std::initializer_list<std::string_view> keys) const;
  /// Whether a list of texts holds one that contains the word ("architectures", "ForCausalLM").
  [[nodiscard]] bool list_mentions(std::string_view key, std::string_view word) const;
  /// Element `index` of a list of numbers.
  [[nodiscard]] std::optional<std::int64_t> element(const Path& path, std::string_view key, std::int64_t index) const;
  /// model_type of the part, "" where none is stated.
  [[nodiscard]] std::string family(const Path& path) const;
  [[nodiscard]] bool family_is(const Path& path, std::initializer_list<std::string_view> families) const;

 private:
  [[nodiscard]] const Setting* find(const Path& path, std::initializer_list<std::string_view> keys) const;

  const Graph& graph_;
};

}  // namespace evenkeel::names
