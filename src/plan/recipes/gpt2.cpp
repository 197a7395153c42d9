// SPDX-License-Identifier: Apache-2.0
// GPT-2 (Radford 2019): std 0.02 everywhere, residual outputs divided by the square root of the number of branches, biases 0.
#include <fmt/format.h>

#include <cmath>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

Answer residual_output(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !ends_branch(p) || p.geometry.role == Role::router) return {};
  return decide(residual_output_text(p.branch->count),
                fmt::format("GPT-2: {} ends {}: std 0.02/sqrt({}) = {}.", layer_of(p), branch_words(*p.branch), p.branch->count,
                            shown(0.02 / std::sqrt(static_cast<double>(p.branch->count)))));
}

Answer position(const Subject& s) {
  if (s.parameter.geometry.role != Role::position_embedding) return {};
  return decide("normal(std=0.02)", "GPT-2: position embedding, std 0.02 as in the ports to PyTorch (the original code has 0.01).");
}

Answer rest(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  const bool table = role == Role::embedding || role == Role::position_bias || role == Role::token || role == Role::query_embedding;
  if (!is_weight(role) && !table) return {};
  return decide("normal(std=0.02)", fmt::format("GPT-2: every weight has std 0.02, {} too.", layer_of(s.parameter)));
}

}  // namespace

Recipe gpt2_recipe() {
  Rules rules = joined({kept_rules(),
                        adapter_rules(),
                        statistics_rules(),
                        norm_vector_rules(),
                        bias_rules(),
                        {{"GPT-2 residual output", residual_output}, {"GPT-2 position", position}, {"GPT-2 weight", rest}}});
  for (const Rule& rule : joined({auto_vector_rules(), bias_rules(), scalar_rules(), auto_table_rules()}))
    rules.push_back(borrowed(rule, "GPT-2"));
  return {"gpt2", recipe_summary("gpt2"), FanRule::exact, std::move(rules)};
}

}  // namespace evenkeel::recipes
