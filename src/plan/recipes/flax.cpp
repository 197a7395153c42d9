// SPDX-License-Identifier: Apache-2.0
// Flax' defaults: LeCun kernels from a truncated normal, orthogonal recurrent kernels per gate, biases 0.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

constexpr std::string_view framework = "Flax";

Answer recurrent(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!p.recurrent || !(p.geometry.role == Role::packed_gates || (!p.cell.empty() && is_weight(p.geometry.role)))) return {};
  return decide("orthogonal", fmt::format("Flax' recurrent kernels at {}: orthogonal, a matrix per gate.", layer_of(p)));
}

Answer embedding(const Subject& s) {
  const Parameter& p = s.parameter;
  const Role role = p.geometry.role;
  if (role != Role::embedding && role != Role::position_embedding && role != Role::query_embedding) return {};
  if (p.geometry.shape.empty()) return {};
  const auto width = static_cast<double>(std::max<std::int64_t>(1, p.geometry.shape.back()));
  return decide(fmt::format("normal(std={})", literal(1 / std::sqrt(width))), fmt::format("Flax' Embed: N(0, 1/d), d = {}.", shown(width)));
}

Answer weight(const Subject& s) {
  if (!is_weight(s.parameter.geometry.role) || s.framework_fans.empty()) return {};
  const std::string reason =
      fmt::format("Flax' default for {}: LeCun from a truncated normal, std 1/sqrt(fan_in) after truncation, fan_in {}.",
                  layer_of(s.parameter), shown(s.framework_fans[0].fan_in));
  return with_framework_fans(s, decide("lecun_normal(truncated=true)", reason), framework);
}

}  // namespace

Recipe flax_recipe() {
  Rules rules = joined({kept_rules(),
                        adapter_rules(),
                        statistics_rules(),
                        norm_vector_rules(),
                        bias_rules(),
                        {{"Flax recurrent kernel", recurrent}, {"Flax embedding", embedding}, {"Flax kernel", weight}}});
  for (const Rule& rule : joined({scalar_rules(), auto_table_rules()})) rules.push_back(borrowed(rule, framework));
  return {"flax", recipe_summary("flax"), FanRule::jax, std::move(rules)};
}

}  // namespace evenkeel::recipes
