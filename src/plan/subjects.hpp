// SPDX-License-Identifier: Apache-2.0
// An analysis made ready for the rules: who belongs to whom.
#pragma once

#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/plan/make_plan.hpp"
#include "evenkeel/plan/recipe.hpp"
#include "plan/targets.hpp"

namespace evenkeel {

class Subjects {
 public:
  /// Throws invalid_argument where an untie glob fits no tied tensor, bad_file for groups, strides or dilations below 1.
  Subjects(const Graph& graph, const Analysis& analysis, FanRule fan_rule, const std::vector<std::string>& untie);

  [[nodiscard]] std::size_t size() const noexcept { return analysis_.parameters.size(); }
  [[nodiscard]] const Parameter& parameter(std::size_t i) const { return analysis_.parameters[i]; }
  [[nodiscard]] std::string_view name(std::size_t i) const;
  [[nodiscard]] Target target(std::size_t i) const;
  [[nodiscard]] const std::vector<Target>& targets() const noexcept { return targets_; }
  /// Index of the parameter whose numbers this one takes; its own where it is not tied, or untied.
  [[nodiscard]] std::size_t owner(std::size_t i) const { return owners_[i]; }
  /// All parameters that share one owner, the owner included.
  [[nodiscard]] const std::vector<std::size_t>& tied(std::size_t i) const { return groups_.at(owners_[i]); }
  [[nodiscard]] Subject subject(std::size_t i) const;

 private:
  void tie(const std::vector<std::string>& untie);

  const Graph& graph_;
  const Analysis& analysis_;
  FanRule fan_rule_;
  std::map<TensorId, std::size_t> index_;
  std::vector<Target> targets_;
  std::vector<std::size_t> owners_;
  std::map<std::size_t, std::vector<std::size_t>> groups_;
  std::set<std::size_t> heads_;                    // owners of a group with an output head in it
  std::set<std::pair<int, int>> scaled_branches_;  // (stream, index)
  std::set<std::pair<int, int>> packed_branches_;
};

}  // namespace evenkeel
