// SPDX-License-Identifier: Apache-2.0
// What torch.nn modules do in reset_parameters(): He uniform with a = sqrt(5), i.e. U(+-1/sqrt(fan_in)), for weights and biases alike.
#include <fmt/format.h>

#include <cmath>

#include "plan/recipes/frameworks.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {
namespace {

constexpr std::string_view framework = "PyTorch";

std::string symmetric_uniform(double bound) { return fmt::format("uniform(low={}, high={})", literal(-bound), literal(bound)); }

Answer gates(const Subject& s) {
  const Parameter& p = s.parameter;
  const Role role = p.geometry.role;
  const bool plain_cell = !p.cell.empty() && (is_weight(role) || role == Role::bias);
  if (role != Role::packed_gates && role != Role::packed_gate_bias && !plain_cell) return {};
  const std::int64_t hidden = hidden_size_of(p);
  if (hidden < 1) return {};
  return decide(
      symmetric_uniform(1 / std::sqrt(static_cast<double>(hidden))),
      fmt::format("PyTorch's recurrent layers draw every weight and bias from U(+-1/sqrt(h)), h = {}, whatever its fans.", hidden));
}

Answer attention_bias(const Subject& s) {
  if (s.parameter.geometry.role != Role::bias || s.weight == nullptr) return {};
  const bool packed = s.weight->geometry.role == Role::packed_qkv;
  if (!packed && !(s.weight->attention == "out" && s.branch_packed_qkv)) return {};
  return decide("zeros", "PyTorch's MultiheadAttention starts its biases at 0.");
}

Answer bias(const Subject& s) {
  if (s.parameter.geometry.role != Role::bias) return {};
  if (s.parameter.folded_norm)
    return decide("zeros", "Left over from a norm that the exporter folded in: a convolution before a norm has no bias in PyTorch, so 0.");
  const double fan_in = bias_fan_in(s);
  if (fan_in < 1)
    return assume("zeros",
                  "Bias whose weight the graph does not show: *assumed* 0; PyTorch would take U(+-1/sqrt(fan_in)) of that weight.");
  std::string reason = fmt::format("PyTorch's bias of {}: U(+-1/sqrt(fan_in)), fan_in {}.", layer_of(*s.weight), shown(fan_in));
  if (!s.weight_fans.empty() && s.weight_fans[0].fan_in != fan_in)
    reason += fmt::format(" The true fan_in is {}.", shown(s.weight_fans[0].fan_in));
  return decide(symmetric_uniform(1 / std::sqrt(fan_in)), reason);
}

Answer packed_attention(const Subject& s) {
  if (s.parameter.geometry.role != Role::packed_qkv) return {};
  return with_framework_fans(
      s, decide("glorot_uniform", "PyTorch's MultiheadAttention: Glorot uniform on the packed q, k, v matrix as a whole."), framework);
}

Answer embedding(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  if (role != Role::embedding && role != Role::position_embedding && role != Role::query_embedding) return {};
  return decide("normal(std=1)", "PyTorch's Embedding: N(0, 1). A padding row, which PyTorch sets to 0, is not marked in the file.");
}

Answer weight(const Subject& s) {
  if (!is_weight(s.parameter.geometry.role) || s.framework_fans.empty()) return {};
  const std::string reason = fmt::format("PyTorch's default for {}: He uniform with a = sqrt(5), i.e. U(+-1/sqrt(fan_in)), fan_in {}.",
                                         layer_of(s.parameter), shown(s.framework_fans[0].fan_in));
  return with_framework_fans(s, decide("he_uniform(negative_slope=sqrt(5))", reason), framework);
}

}  // namespace

Recipe pytorch_recipe() {
  Rules rules = joined({kept_rules(),
                        adapter_rules(),
                        statistics_rules(),
                        norm_vector_rules(),
                        {{"PyTorch recurrent layer", gates},
                         {"PyTorch attention bias", attention_bias},
                         {"PyTorch bias", bias},
                         {"PyTorch attention", packed_attention},
                         {"PyTorch embedding", embedding},
                         {"PyTorch layer", weight}}});
  for (const Rule& rule : joined({scalar_rules(), auto_table_rules()})) rules.push_back(borrowed(rule, framework));
  return {"pytorch", recipe_summary("pytorch"), FanRule::pytorch, std::move(rules)};
}

}  // namespace evenkeel::recipes
