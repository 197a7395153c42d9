// SPDX-License-Identifier: Apache-2.0
// Keras' defaults: Glorot uniform kernels with its own fans, biases 0, packed gates taken as one matrix.
#include <fmt/format.h>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

constexpr std::string_view framework = "Keras";

Answer recurrent(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!p.recurrent || !(p.geometry.role == Role::packed_gates || (!p.cell.empty() && is_weight(p.geometry.role)))) return {};
  return decide(whole_orthogonal_text(),
                fmt::format("Keras' recurrent kernel at {}: orthogonal on the packed matrix as a whole, not per gate.", layer_of(p)));
}

Answer forget_bias(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::packed_gate_bias || p.cell != "lstm") return {};
  return decide("lstm_forget_bias", "Keras' LSTM: forget gate bias 1, the others 0 (unit_forget_bias).");
}

Answer embedding(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  if (role != Role::embedding && role != Role::position_embedding && role != Role::query_embedding) return {};
  return decide("uniform(low=-0.05, high=0.05)", "Keras' Embedding: U(+-0.05).");
}

Answer weight(const Subject& s) {
  if (!is_weight(s.parameter.geometry.role) || s.framework_fans.empty()) return {};
  const std::string reason = fmt::format("Keras' default for {}: Glorot uniform, fan_in {}, fan_out {}.", layer_of(s.parameter),
                                         shown(s.framework_fans[0].fan_in), shown(s.framework_fans[0].fan_out));
  return with_framework_fans(s, decide("glorot_uniform", reason), framework);
}

}  // namespace

Recipe keras_recipe() {
  Rules rules = joined({kept_rules(),
                        adapter_rules(),
                        statistics_rules(),
                        norm_vector_rules(),
                        {{"Keras recurrent kernel", recurrent}, {"Keras forget bias", forget_bias}},
                        bias_rules(),
                        {{"Keras embedding", embedding}, {"Keras kernel", weight}}});
  for (const Rule& rule : joined({scalar_rules(), auto_table_rules()})) rules.push_back(borrowed(rule, framework));
  return {"keras", recipe_summary("keras"), FanRule::keras, std::move(rules)};
}

}  // namespace evenkeel::recipes
