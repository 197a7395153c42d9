// SPDX-License-Identifier: Apache-2.0
// Rename rules are globs on the left, and texts with as many stars on the right.
#include "plan/rename.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"

namespace evenkeel {
namespace {

std::string text_of(const std::pair<std::string, std::string>& rule) { return fmt::format("--map {}={}", rule.first, rule.second); }

}  // namespace

std::string filled_in(std::string_view to, const std::vector<std::string_view>& captures) {
  std::string name;
  std::size_t next = 0;
  for (const char c : to) {
    if (c == '*' && next < captures.size())
      name += captures[next++];
    else
      name += c;
  }
  return name;
}

RenameRules::RenameRules(const std::vector<std::pair<std::string, std::string>>& rules) : rules_(rules) {
  for (const auto& rule : rules_) {
    const auto stars = star_count(rule.first), wanted = static_cast<std::size_t>(std::count(rule.second.begin(), rule.second.end(), '*'));
    if (rule.first.empty() || rule.second.empty())
      fail(ErrorCode::invalid_argument, fmt::format("{}: expected FROM=TO, for example --map 'bert.*=model.bert.*'", text_of(rule)));
    if (stars != wanted) {
      fail(ErrorCode::invalid_argument,
           fmt::format("{}: expected as many * on the right as on the left, found {} and {}: what each * on the left stands for is put in "
                       "place of its counterpart on the right",
                       text_of(rule), wanted, stars));
    }
  }
}

std::vector<std::string> RenameRules::renamed(const std::vector<std::string>& names) const {
  std::vector<std::string> result;
  std::vector<bool> used(rules_.size(), false);
  for (const std::string& name : names) {
    result.push_back(name);
    bool decided = false;
    for (std::size_t k = rules_.size(); k-- > 0;) {
      const auto captures = glob_captures(rules_[k].first, name);
      if (!captures) continue;
      used[k] = true;
      if (!decided) result.back() = filled_in(rules_[k].second, *captures);
      decided = true;
    }
  }
  for (std::size_t k = 0; k < rules_.size(); ++k) {
    if (used[k]) continue;
    fail(ErrorCode::invalid_argument, fmt::format("{}: expected a glob that fits a tensor of the file to take from, found no match among "
                                                  "its {} tensors{}",
                                                  text_of(rules_[k]), names.size(), suggestion(rules_[k].first, names)));
  }
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto [place, fresh] = places.emplace(result[i], i);
    if (fresh || rules_.empty()) continue;
    fail(ErrorCode::invalid_argument,
         fmt::format("--map: {} and {} both become {}; give one of them another name with a further --map FROM=TO", names[place->second],
                     names[i], result[i]));
  }
  return result;
}

}  // namespace evenkeel
