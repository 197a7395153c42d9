// SPDX-License-Identifier: Apache-2.0
// Llama as torchtitan starts it: std 0.02; attention outputs, up and down projections 0.02/sqrt(2(l+1)) in block l; head d^(-1/2) cut at 3
// std.
#include <fmt/format.h>

#include <cmath>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

Answer embedding(const Subject& s) {
  if (s.parameter.geometry.role != Role::embedding) return {};
  return decide("normal(std=1)", "Llama (torchtitan): embedding of std 1.");
}

Answer depth_scaled(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.branch || p.geometry.role == Role::router) return {};
  if (!ends_branch(p) && p.glu != "value" && p.glu != "gate_up") return {};
  const int block = p.branch->index / 2;
  const double std = 0.02 / std::sqrt(2.0 * (block + 1));
  const std::string packed =
      p.glu == "gate_up" ? " Gate and up are packed: *assumed* to take the up projection's std, where the gate would have 0.02." : "";
  Decision decision = decide(
      depth_index_text(block),
      fmt::format("Llama (torchtitan): {} is an output or up projection of block {} (two branches each): std 0.02/sqrt(2 x {}) = {}.{}",
                  layer_of(p), block, block + 1, shown(std), packed));
  decision.assumed = !packed.empty();
  return decision;
}

Answer head(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.last_layer || p.branch || s.fans.empty()) return {};
  const double std = 1 / std::sqrt(s.fans[0].fan_in);
  return decide(cut_normal_text(std, 3), fmt::format("Llama (torchtitan): output head, std d^(-1/2) = {} cut at 3 std, d = {}.", shown(std),
                                                     shown(s.fans[0].fan_in)));
}

Answer rest(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  const bool table =
      role == Role::position_embedding || role == Role::position_bias || role == Role::token || role == Role::query_embedding;
  if (!is_weight(role) && !table) return {};
  return decide("normal(std=0.02)", fmt::format("Llama (torchtitan): std 0.02 for {}.", layer_of(s.parameter)));
}

}  // namespace

Recipe llama_recipe() {
  Rules rules = joined(
      {kept_rules(),
       adapter_rules(),
       statistics_rules(),
       norm_vector_rules(),
       bias_rules(),
       {{"Llama embedding", embedding}, {"Llama output or up projection", depth_scaled}, {"Llama head", head}, {"Llama weight", rest}}});
  for (const Rule& rule : joined({scalar_rules(), auto_table_rules()})) rules.push_back(borrowed(rule, "Llama"));
  return {"llama", recipe_summary("llama"), FanRule::exact, std::move(rules)};
}

}  // namespace evenkeel::recipes
