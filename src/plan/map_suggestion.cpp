// SPDX-License-Identifier: Apache-2.0
// Every name is cut at each of its separators; two names that share an ending propose the rule between what stands before it.
#include "plan/map_suggestion.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace evenkeel {
namespace {

// A last component such as "weight" is shared by so many names that it tells nothing.
constexpr std::size_t most_of_one_ending = 64;
// A prefix ends early in a name.
constexpr std::size_t most_cuts = 12;

bool separates(char c) { return c == '.' || c == '/'; }

// Where an ending may begin: at the start and after each separator.
std::vector<std::size_t> cuts_of(const std::string& name) {
  std::vector<std::size_t> cuts{0};
  for (std::size_t i = 0; i < name.size() && cuts.size() < most_cuts; ++i) {
    if (separates(name[i]) && i + 1 < name.size()) cuts.push_back(i + 1);
  }
  return cuts;
}

bool is_literal(std::string_view text) { return text.find_first_of("*?[=") == std::string_view::npos; }

}  // namespace

std::optional<MapSuggestion> suggest_map(const std::vector<NamedShape>& wanted, const std::vector<NamedShape>& stored) {
  std::map<std::string_view, std::vector<const NamedShape*>> endings;
  for (const NamedShape& tensor : stored) {
    for (const std::size_t cut : cuts_of(tensor.name)) endings[std::string_view(tensor.name).substr(cut)].push_back(&tensor);
  }
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> counts;  // (prefix there, prefix here) -> tensors
  for (const NamedShape& tensor : wanted) {
    const std::string_view name = tensor.name;
    std::set<std::pair<std::string_view, std::string_view>> proposed;
    for (const std::size_t cut : cuts_of(tensor.name)) {
      const auto found = endings.find(name.substr(cut));
      if (found == endings.end() || found->second.size() > most_of_one_ending) continue;
      for (const NamedShape* other : found->second) {
        const std::string_view there = std::string_view(other->name).substr(0, other->name.size() - found->first.size());
        if (other->shape == tensor.shape && there != name.substr(0, cut)) proposed.emplace(there, name.substr(0, cut));
      }
    }
    for (const auto& rule : proposed) ++counts[rule];
  }
  std::erase_if(counts, [](const auto& rule) { return !is_literal(rule.first.first) || !is_literal(rule.first.second); });
  // Of equally good rules the one that says the least: 'a.*=b.*' before 'a.b.*=c.b.*'.
  const auto best = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    const auto length = [](const auto& rule) { return rule.first.first.size() + rule.first.second.size(); };
    return a.second != b.second ? a.second < b.second : length(a) > length(b);
  });
  if (best == counts.end()) return std::nullopt;
  return MapSuggestion{std::string(best->first.first) + "*=" + std::string(best->first.second) + "*", best->second};
}

}  // namespace evenkeel
