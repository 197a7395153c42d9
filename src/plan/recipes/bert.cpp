// SPDX-License-Identifier: Apache-2.0
// BERT as in transformers: plain N(0, 0.02) for every weight and embedding, biases 0. (The original cuts it at 2 std without correction.)
#include <fmt/format.h>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

Answer weight(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  const bool table = role == Role::embedding || role == Role::position_embedding || role == Role::position_bias || role == Role::token ||
                     role == Role::query_embedding;
  if (!is_weight(role) && !table) return {};
  return decide("normal(std=0.02)",
                fmt::format("BERT: every weight and embedding has std 0.02 (initializer_range), {} too.", layer_of(s.parameter)));
}

}  // namespace

Recipe bert_recipe() {
  Rules rules = joined({kept_rules(), adapter_rules(), statistics_rules(), norm_vector_rules(), bias_rules(), {{"BERT weight", weight}}});
  for (const Rule& rule : joined({scalar_rules(), auto_table_rules()})) rules.push_back(borrowed(rule, "BERT"));
  return {"bert", recipe_summary("bert"), FanRule::exact, std::move(rules)};
}

}  // namespace evenkeel::recipes
