// SPDX-License-Identifier: Apache-2.0
// Rows that every recipe shares: what is kept, statistics, norms, biases, scales. No framework differs in them.
#include <fmt/format.h>

#include <iterator>

#include "evenkeel/theory/gain.hpp"
#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

std::string first_evidence(const Parameter& p, const char* otherwise) { return p.evidence.empty() ? otherwise : p.evidence.front(); }

Answer constant(const Subject& s) {
  if (s.parameter.geometry.role != Role::constant) return {};
  return keep(fmt::format("Not a parameter: {}. Stays as stored.", first_evidence(s.parameter, "no weight slot of a layer reads it")));
}

Answer quantized(const Subject& s) {
  if (s.parameter.geometry.role != Role::quantized) return {};
  return keep(fmt::format("Belongs to a quantized weight: {}. Stays as stored, since there is no float weight to write.",
                          first_evidence(s.parameter, "integer values with a scale")));
}

Answer unused(const Subject& s) {
  if (s.parameter.geometry.role != Role::unused) return {};
  return keep("No node reads this tensor, so its values have no effect. Stays as stored.");
}

Answer running_mean(const Subject& s) {
  if (s.parameter.geometry.role != Role::running_mean) return {};
  return decide("zeros", "Running mean of a norm that has seen no data yet: 0.");
}

Answer running_var(const Subject& s) {
  if (s.parameter.geometry.role != Role::running_var) return {};
  return decide("ones", "Running variance of a norm that has seen no data yet: 1.");
}

Answer norm_scale(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::norm_scale) return {};
  if (p.zero_centred) return decide("zeros", fmt::format("{} multiplies by (1 + scale): 0 passes the normalized signal on.", layer_of(p)));
  return decide("ones", fmt::format("Scale of the {} at {}: 1 passes unit variance on.", norm_words(p.norm), layer_of(p)));
}

Answer norm_shift(const Subject& s) {
  if (s.parameter.geometry.role != Role::norm_shift) return {};
  return decide("zeros", fmt::format("Shift of the {} at {}: 0 keeps the mean at 0.", norm_words(s.parameter.norm), layer_of(s.parameter)));
}

Answer bias(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  if (role != Role::bias && role != Role::packed_gate_bias) return {};
  if (s.parameter.folded_norm) {
    return decide(
        "zeros",
        fmt::format(
            "Bias of {}, left over from a norm that the exporter folded in: it shifts by the old weights' statistics, so 0 with new ones.",
            layer_of(s.parameter)));
  }
  const std::string where = s.weight == nullptr ? layer_of(s.parameter) : layer_of(*s.weight);
  return decide("zeros", fmt::format("Bias of {}: 0, since the random weights already make its units differ.", where));
}

Answer layer_scale(const Subject& s) {
  if (s.parameter.geometry.role != Role::layer_scale) return {};
  const int layers = s.parameter.branch ? (s.parameter.branch->count + 1) / 2 : s.traits.branches / 2;
  const char* value = layers <= 18 ? "0.1" : layers <= 24 ? "1e-5" : "1e-6";
  return decide(
      fmt::format("constant({})", value),
      fmt::format(
          "Layer scale of a stream of {} blocks (two branches each): {} (LayerScale: 0.1 up to 18 blocks, 1e-5 up to 24, then 1e-6).",
          layers, value));
}

Answer residual_scale(const Subject& s) {
  if (s.parameter.geometry.role != Role::residual_scale) return {};
  return decide("zeros",
                "Factor on a residual branch: 0, so that the net starts as its shortcut and depth does no harm (SkipInit, ReZero).");
}

Answer activation_slope(const Subject& s) {
  if (s.parameter.geometry.role != Role::activation_slope) return {};
  return decide("constant(0.25)", fmt::format("Slope of the PReLU at {}: 0.25 (He 2015); the weights after it are scaled for this slope.",
                                              layer_of(s.parameter)));
}

Answer plain_scale(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  if (role != Role::scale && role != Role::temperature) return {};
  return assume("ones", fmt::format("Learned {} at {}: *assumed* to be a factor, so 1 leaves the signal as it is.", to_string(role),
                                    layer_of(s.parameter)));
}

Answer weight_norm_gain(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::weight_norm_gain) return {};
  const bool ends = p.branch && (p.branch->position == BranchPosition::last || p.branch->position == BranchPosition::only);
  if (ends && p.branch->norm == BranchNorm::none) {
    return decide(
        "zeros", fmt::format("Gain of weight normalization at {}, which ends {} without norm: 0, so that the branch adds nothing at first.",
                             layer_of(p), branch_words(*p.branch)));
  }
  const std::optional<Activation> activation = feeding_activation(s.parameter);
  const double gain = activation ? forward_gain(*activation) : 1.0;
  return decide(
      fmt::format("constant({})", literal(gain)),
      fmt::format("Gain of weight normalization at {}: every weight vector gets norm {}, so Var W = {}/fan_in for an input from {}.",
                  layer_of(s.parameter), shown(gain), shown(gain * gain), activation ? named(s.parameter.fed_by) : "a linear layer"));
}

// Their first values are no random draw but a spectrum or a range of time steps, and those that are stored are one.
Answer state_space(const Subject& s) {
  switch (s.parameter.geometry.role) {
    case Role::ssm_a_log:
    case Role::ssm_dt_bias:
    case Role::time_mix:
    case Role::time_decay:
    case Role::time_first: {
      Decision kept =
          keep(fmt::format("Time constants of a state space at {}: the stored ones stay (*assumed* to be those the model was made with); "
                           "--set gives others.",
                           layer_of(s.parameter)));
      kept.assumed = true;
      return kept;
    }
    default:
      return {};
  }
}

Answer ssm_d(const Subject& s) {
  if (s.parameter.geometry.role != Role::ssm_d) return {};
  return decide("ones", "Skip weight D of a state-space layer: 1 (Gu & Dao 2023).");
}

}  // namespace

Rules joined(std::vector<Rules> groups) {
  Rules all;
  for (Rules& group : groups) all.insert(all.end(), std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
  return all;
}

Rules kept_rules() { return {{"no parameter", constant}, {"quantized", quantized}, {"unused", unused}}; }
Rules statistics_rules() { return {{"running mean", running_mean}, {"running variance", running_var}}; }
Rules norm_vector_rules() { return {{"norm scale", norm_scale}, {"norm shift", norm_shift}}; }
Rules bias_rules() { return {{"bias", bias}}; }

Rules scalar_rules() {
  return {{"layer scale", layer_scale},
          {"residual scale", residual_scale},
          {"PReLU slope", activation_slope},
          {"scale", plain_scale},
          {"weight norm gain", weight_norm_gain},
          {"state-space skip", ssm_d},
          {"state-space time constants", state_space}};
}

}  // namespace evenkeel::recipes
