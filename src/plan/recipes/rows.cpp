// SPDX-License-Identifier: Apache-2.0
#include "plan/recipes/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel::recipes {
namespace {

std::string fan_words(const Subject& s, double Fans::*fan) {
  if (s.fans.empty()) return "1";
  const bool same = std::all_of(s.fans.begin(), s.fans.end(), [&](const Fans& f) { return f.*fan == s.fans[0].*fan; });
  const auto& sections = s.parameter.geometry.sections;
  if (same)
    return sections.size() > 1 ? fmt::format("{} in each of {} sections", shown(s.fans[0].*fan), sections.size()) : shown(s.fans[0].*fan);
  std::string words;
  for (std::size_t i = 0; i < s.fans.size() && i < sections.size(); ++i) {
    words += fmt::format("{}{} in {}", i == 0 ? "" : ", ", shown(s.fans[i].*fan), sections[i].name);
  }
  return words;
}

}  // namespace

Decision decide(std::string_view scheme, std::string reason) {
  try {
    return {parse_scheme(scheme), std::move(reason), false, {}};
  } catch (const Error& error) {
    fail(ErrorCode::internal,
         fmt::format("recipe: a built-in rule names the scheme \"{}\", which does not parse: {}", scheme, error.what()));
  }
}

Decision assume(std::string_view scheme, std::string reason) {
  Decision decision = decide(scheme, std::move(reason));
  decision.assumed = true;
  return decision;
}

Decision keep(std::string reason) { return {keep_scheme(), std::move(reason), false, {}}; }

bool is_convolution(Role role) noexcept {
  constexpr std::array roles = {Role::conv,
                                Role::grouped_conv,
                                Role::depthwise_conv,
                                Role::transposed_conv,
                                Role::grouped_transposed_conv,
                                Role::depthwise_transposed_conv};
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool is_weight(Role role) noexcept {
  constexpr std::array roles = {Role::dense,       Role::packed_dense, Role::packed_qkv,   Role::packed_gate_up, Role::packed_gates,
                                Role::per_head_in, Role::per_head_out, Role::expert_stack, Role::router};
  return is_convolution(role) || std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool in_branch(const Parameter& p) noexcept { return p.branch && p.branch->position != BranchPosition::shortcut; }

bool ends_branch(const Parameter& p) noexcept {
  return p.branch && (p.branch->position == BranchPosition::last || p.branch->position == BranchPosition::only);
}

std::optional<Activation> feeding_activation(const Parameter& p) {
  if (!is_known_activation(p.fed_by.name) || p.fed_by.name == "linear") return std::nullopt;
  const bool usable =
      std::all_of(p.fed_by.parameters.begin(), p.fed_by.parameters.end(), [](const auto& item) { return std::isfinite(item.second); });
  if (!usable) return std::nullopt;
  return Activation{p.fed_by.name, p.fed_by.parameters};
}

bool is_relu_family(std::string_view name) noexcept { return name == "relu" || name == "relu6" || name == "leaky_relu" || name == "prelu"; }

double negative_slope_of(const Nonlinearity& n) {
  for (const char* key : {"negative_slope", "alpha"}) {
    const auto found = n.parameters.find(key);
    if (found != n.parameters.end() && n.name == "leaky_relu") return found->second;
  }
  return n.name == "prelu" ? 0.25 : n.name == "leaky_relu" ? 0.01 : 0.0;
}

std::string layer_of(const Parameter& p) {
  if (p.consumer.empty()) return p.node_op.empty() ? "its layer" : p.node_op;
  return p.node_op.empty() ? p.consumer : fmt::format("{} {}", p.node_op, p.consumer);
}

std::string named(const Nonlinearity& n) { return n.node.empty() ? n.name : fmt::format("{} at {}", n.name, n.node); }

std::string norm_words(std::string_view norm) {
  if (norm == "batch_norm") return "batch normalization";
  if (norm == "layer_norm") return "layer normalization";
  if (norm == "rms_norm") return "RMS normalization";
  if (norm == "group_norm") return "group normalization";
  if (norm == "instance_norm") return "instance normalization";
  return norm.empty() ? "normalization" : std::string(norm);
}

std::string branch_words(const Branch& branch) {
  const std::string where = branch.add.empty() ? "" : fmt::format(" (added at {})", branch.add);
  return fmt::format("residual branch {} of {}{}", branch.index + 1, branch.count, where);
}

std::string shown(double number) { return fmt::format("{:.4g}", number); }
std::string literal(double number) { return fmt::format("{:.12g}", number); }

std::string fan_in_words(const Subject& s) { return fan_words(s, &Fans::fan_in); }
std::string fan_out_words(const Subject& s) { return fan_words(s, &Fans::fan_out); }

}  // namespace evenkeel::recipes
