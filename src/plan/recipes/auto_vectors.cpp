// SPDX-License-Identifier: Apache-2.0
// auto: vectors whose value depends on what stands around them.
#include <fmt/format.h>

#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

Answer zero_gamma(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::norm_scale || !p.branch || p.branch->position != BranchPosition::last_norm) return {};
  if (p.branch->norm != BranchNorm::end && p.branch->norm != BranchNorm::pre_and_end) return {};
  if (s.branch_scaled) return {};
  return decide(p.zero_centred ? "constant(-1)" : "zeros",
                fmt::format("Last norm scale of {}: {}, so that the branch adds nothing at first and the net starts as its shortcut (zero "
                            "gamma, Goyal 2017).",
                            branch_words(*p.branch), p.zero_centred ? "-1 (it multiplies by 1 + scale)" : "0"));
}

Answer forget_bias(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::packed_gate_bias || p.cell != "lstm" || p.geometry.sections.empty()) return {};
  if (p.recurrent)
    return decide("zeros",
                  fmt::format("Second bias of the LSTM at {}: 0, since the 1 of the forget gate stands in the first.", layer_of(p)));
  return decide("lstm_forget_bias", fmt::format("LSTM bias at {}: 1 in the forget gate (in one of the two biases where there are two), so "
                                                "that the cell remembers at first; else 0.",
                                                layer_of(p)));
}

Answer half_stable_bias(const Subject& s) {
  if (s.parameter.geometry.role != Role::bias || s.weight == nullptr) return {};
  const std::optional<HalfStable> point = half_stable_of(*s.weight, s.traits);
  if (!point) return {};
  return decide(
      fmt::format("normal(std={})", literal(point->bias_std)),
      fmt::format("Bias before {} in a net of {} layers without norm: std {} belongs to the half-stable point on the edge of chaos (q = "
                  "{}, weights {}/fan_in).",
                  named(s.weight->followed_by), s.traits.depth, shown(point->bias_std), shown(point->q), shown(point->weight_scale)));
}

}  // namespace

Rules auto_vector_rules() {
  return {{"zero gamma", zero_gamma}, {"forget bias", forget_bias}, {"bias on the edge of chaos", half_stable_bias}};
}

}  // namespace evenkeel::recipes
