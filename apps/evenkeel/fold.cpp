// SPDX-License-Identifier: Apache-2.0
#include "fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace evenkeel::app {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Text and numbers in turn: "h.3.w" -> "h.", "3", ".w".
std::vector<std::string> pieces_of(const std::string& name) {
  std::vector<std::string> pieces(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && is_digit(name[i]) != is_digit(name[i - 1])) pieces.emplace_back();
    if (i == 0 && is_digit(name[0])) pieces.emplace_back();
    pieces.back() += name[i];
  }
  return pieces;
}

bool by_number(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

// {0..3}, {1,4}, {1,4,..,9}: short, and a range only where nothing is missing.
std::string braces(std::vector<std::string> numbers) {
  std::sort(numbers.begin(), numbers.end(), by_number);
  const bool plain =
      std::all_of(numbers.begin(), numbers.end(), [](const std::string& n) { return n.size() < 10 && (n.size() == 1 || n[0] != '0'); });
  if (plain && numbers.size() > 1 && std::stol(numbers.back()) - std::stol(numbers.front()) + 1 == static_cast<long>(numbers.size())) {
    return fmt::format("{{{}..{}}}", numbers.front(), numbers.back());
  }
  if (numbers.size() <= 4) return fmt::format("{{{}}}", fmt::join(numbers, ","));
  return fmt::format("{{{},{},..,{}}}", numbers[0], numbers[1], numbers.back());
}

std::string key_of(const PlanEntry& e) {
  const std::string source =
      e.source ? fmt::format("\n{}{}{}", to_string(e.source->status), to_string(e.source->dtype), e.source->transposed) : "";
  std::string decision = fmt::format("{}\n{}\n{}{}", e.rule, to_string(e.scheme), to_string(e.geometry.role), source);
  if (e.fans.empty() && e.std == 0 && e.view.is_identity() && !e.source) return decision;
  const Fans fans = e.fans.empty() ? Fans{} : e.fans[0];
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", decision, to_string(e.geometry.shape), fans.fan_in, fans.fan_out, e.std,
                     e.view.is_identity(), pattern_of(e.name));
}

}  // namespace

std::string pattern_of(const std::string& name) {
  std::string pattern;
  for (const std::string& piece : pieces_of(name)) pattern += !piece.empty() && is_digit(piece[0]) ? "#" : piece;
  return pattern;
}

std::string folded_name(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  std::string more = names[0] + ", ...";
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    if (pattern_of(name) != pattern_of(names[0])) return more;
    rows.push_back(pieces_of(name));
  }
  std::size_t combinations = 1;
  std::string text;
  for (std::size_t k = 0; k < rows[0].size(); ++k) {
    std::set<std::string> values;
    for (const auto& row : rows) values.insert(row[k]);
    combinations *= values.size();
    text += values.size() == 1 ? *values.begin() : braces({values.begin(), values.end()});
  }
  return combinations == names.size() ? text : more;
}

std::vector<Fold> folds_of(const Plan& plan) {
  std::vector<Fold> folds;
  std::map<std::string, std::size_t> places;
  for (const PlanEntry& entry : plan.parameters) {
    if (is_kept(entry) && !is_taken(entry)) continue;
    const auto [place, fresh] = places.emplace(key_of(entry), folds.size());
    if (fresh) folds.emplace_back();
    folds[place->second].members.push_back(&entry);
  }
  for (Fold& fold : folds) {
    std::vector<std::string> names;
    for (const PlanEntry* entry : fold.members) names.push_back(entry->name);
    fold.title = folded_name(names);
  }
  return folds;
}

}  // namespace evenkeel::app
