// SPDX-License-Identifier: Apache-2.0
#include "plan/subjects.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "plan/known_fans.hpp"

namespace evenkeel {
namespace {

bool used_as_head(const Parameter& p) {
  return p.last_layer || std::any_of(p.uses.begin(), p.uses.end(), [](const std::string& use) {
           return use.find("dense") != std::string::npos || use.find("head") != std::string::npos;
         });
}

/// A geometry comes from what the file says of strides, groups and axes, which may contradict the shape.
std::vector<Fans> fans_of_file(std::string_view name, const Geometry& geometry, FanRule rule = FanRule::exact) {
  try {
    return known_fans_of(geometry, rule);
  } catch (const Error& error) {
    fail(ErrorCode::bad_file,
         fmt::format("{}: the model reads it in a way that its shape does not allow: {}; export the model again", name, error.what()));
  }
}

/// Such numbers divide, and a plan that holds them could not be read back.
void check_counts(std::string_view name, const Geometry& geometry) {
  const auto check = [name](const char* what, std::int64_t found) {
    if (found >= 1) return;
    fail(ErrorCode::bad_file,
         fmt::format("{}: expected {} of at least 1 where the model reads it, found {}; export the model again", name, what, found));
  };
  check("a number of groups", geometry.groups);
  for (const std::int64_t stride : geometry.stride) check("strides", stride);
  for (const std::int64_t dilation : geometry.dilation) check("dilations", dilation);
}

}  // namespace

Subjects::Subjects(const Graph& graph, const Analysis& analysis, FanRule fan_rule, const std::vector<std::string>& untie)
    : graph_(graph), analysis_(analysis), fan_rule_(fan_rule) {
  for (std::size_t i = 0; i < size(); ++i) {
    const Parameter& p = parameter(i);
    index_.emplace(p.tensor, i);
    check_counts(name(i), p.geometry);
    targets_.push_back({name(i), p.consumer, p.scope, p.geometry.role});
    if (!p.branch) continue;
    const std::pair<int, int> branch{p.branch->stream, p.branch->index};
    if (p.geometry.role == Role::residual_scale || p.geometry.role == Role::layer_scale) scaled_branches_.insert(branch);
    if (p.geometry.role == Role::packed_qkv) packed_branches_.insert(branch);
  }
  tie(untie);
}

std::string_view Subjects::name(std::size_t i) const { return graph_.tensors[static_cast<std::size_t>(parameter(i).tensor)].name; }

Target Subjects::target(std::size_t i) const { return targets_[i]; }

void Subjects::tie(const std::vector<std::string>& untie) {
  std::vector<bool> used(untie.size(), false);
  const auto untied = [&](std::size_t copy, std::size_t owner) {
    bool any = false;
    for (std::size_t g = 0; g < untie.size(); ++g) {
      if (!matches_target(untie[g], targets_[copy]) && !matches_target(untie[g], targets_[owner])) continue;
      any = used[g] = true;
    }
    return any;
  };
  for (std::size_t i = 0; i < size(); ++i) {
    owners_.push_back(i);
    const auto found = index_.find(parameter(i).owner);
    if (parameter(i).owner != absent && found != index_.end() && !untied(i, found->second)) owners_.back() = found->second;
  }
  std::vector<std::string> tied_names;
  for (std::size_t i = 0; i < size(); ++i) {
    groups_[owners_[i]].push_back(i);
    if (used_as_head(parameter(i))) heads_.insert(owners_[i]);
    if (parameter(i).owner != absent) tied_names.emplace_back(name(i));
  }
  for (std::size_t g = 0; g < untie.size(); ++g) {
    if (used[g]) continue;
    const std::string list =
        tied_names.empty()
            ? "this model has none"
            : fmt::format(
                  "tied here: {}",
                  fmt::join(tied_names.begin(),
                            tied_names.begin() + std::min<std::ptrdiff_t>(5, static_cast<std::ptrdiff_t>(tied_names.size())), ", "));
    fail(ErrorCode::invalid_argument,
         fmt::format("--untie {}: expected a tied tensor, found none that fits; {}{}", untie[g], list, suggestion(untie[g], tied_names)));
  }
}

Subject Subjects::subject(std::size_t i) const {
  const Parameter& p = parameter(i);
  Subject s{p, analysis_.traits, name(i), {}, {}, nullptr, {}, {}, {}, false, false, false};
  s.fans = fans_of_file(s.name, p.geometry);
  s.framework_fans = fans_of_file(s.name, p.geometry, fan_rule_);
  if (const auto weight = index_.find(p.bias_of); p.bias_of != absent && weight != index_.end()) {
    s.weight = &parameter(weight->second);
    s.weight_name = name(weight->second);
    s.weight_fans = fans_of_file(s.weight_name, s.weight->geometry);
    s.weight_framework_fans = fans_of_file(s.weight_name, s.weight->geometry, fan_rule_);
  }
  const std::optional<Branch>& branch = p.branch ? p.branch : s.weight != nullptr ? s.weight->branch : p.branch;
  if (branch) {
    s.branch_scaled = scaled_branches_.contains({branch->stream, branch->index});
    s.branch_packed_qkv = packed_branches_.contains({branch->stream, branch->index});
  }
  s.tied_head = heads_.contains(owners_[i]);
  return s;
}

}  // namespace evenkeel
