// SPDX-License-Identifier: Apache-2.0
#include "graph/names/settings.hpp"

#include <algorithm>
#include <vector>

namespace evenkeel::names {
namespace {

/// Sections that a path may belong to, the most fitting first; "" is the top.
std::vector<std::string> sections_of(const Path& path) {
  std::vector<std::string> sections;
  if (path_has_word(path, {"vision", "visual", "image"})) sections.insert(sections.end(), {"vision_config.", "vision."});
  if (path_has_word(path, {"audio"})) sections.insert(sections.end(), {"audio_config."});
  if (path_has_word(path, {"text", "language"})) sections.insert(sections.end(), {"text_config.", "llm_config.", "language_config."});
  if (path_has_word(path, {"encoder"})) sections.emplace_back("encoder.");
  if (path_has_word(path, {"decoder"})) sections.emplace_back("decoder.");
  sections.emplace_back("");
  sections.insert(sections.end(), {"text_config.", "backbone_config.", "vision_config."});
  return sections;
}

}  // namespace

const Setting* Settings::find(const Path& path, std::initializer_list<std::string_view> keys) const {
  if (graph_.settings.empty()) return nullptr;
  for (const std::string& section : sections_of(path)) {
    for (const std::string_view key : keys) {
      const auto found = graph_.settings.find(section + std::string(key));
      if (found != graph_.settings.end()) return &found->second;
    }
  }
  return nullptr;
}

std::optional<std::int64_t> Settings::integer(const Path& path, std::initializer_list<std::string_view> keys) const {
  for (const std::string_view key : keys) {
    const Setting* setting = find(path, {key});
    if (setting == nullptr) continue;
    if (const auto* number = std::get_if<std::int64_t>(setting)) return *number;
    if (const auto* real = std::get_if<double>(setting); real != nullptr && *real == static_cast<double>(static_cast<std::int64_t>(*real)))
      return static_cast<std::int64_t>(*real);
  }
  return std::nullopt;
}

std::optional<std::string> Settings::text(const Path& path, std::initializer_list<std::string_view> keys) const {
  for (const std::string_view key : keys) {
    const Setting* setting = find(path, {key});
    const auto* found = setting == nullptr ? nullptr : std::get_if<std::string>(setting);
    if (found != nullptr) return *found;
  }
  return std::nullopt;
}

std::optional<bool> Settings::flag(const Path& path, std::initializer_list<std::string_view> keys) const {
  for (const std::string_view key : keys) {
    const Setting* setting = find(path, {key});
    const auto* found = setting == nullptr ? nullptr : std::get_if<bool>(setting);
    if (found != nullptr) return *found;
  }
  return std::nullopt;
}

bool Settings::list_mentions(std::string_view key, std::string_view word) const {
  const auto found = graph_.settings.find(std::string(key));
  const auto* list = found == graph_.settings.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
  return list != nullptr &&
         std::any_of(list->begin(), list->end(), [&](const std::string& text) { return text.find(word) != std::string::npos; });
}

std::optional<std::int64_t> Settings::element(const Path& path, std::string_view key, std::int64_t index) const {
  const Setting* setting = find(path, {key});
  const auto* list = setting == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(setting);
  if (list == nullptr || index < 0 || index >= static_cast<std::int64_t>(list->size())) return std::nullopt;
  return (*list)[static_cast<std::size_t>(index)];
}

std::string Settings::family(const Path& path) const { return text(path, {"model_type"}).value_or(""); }

bool Settings::family_is(const Path& path, std::initializer_list<std::string_view> families) const {
  return is_one_of(family(path), families);
}

}  // namespace evenkeel::names
