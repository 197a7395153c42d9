// SPDX-License-Identifier: Apache-2.0
// Rows for low-rank adapters, the same in every recipe: the update is 0 at first, so that the model starts as the one that is adapted.
#include <fmt/format.h>

#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

Answer zero_half(const Subject& s) {
  if (s.parameter.adapter != "zero") return {};
  return decide("zeros", fmt::format("Half of the low-rank update at {}: 0, so that the update adds nothing at first; its random partner "
                                     "gives it a gradient (LoRA, Hu 2021).",
                                     layer_of(s.parameter)));
}

Answer random_half(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.adapter != "random" && p.adapter != "random_table") return {};
  if (p.adapter == "random_table" || !is_weight(p.geometry.role) || s.fans.empty())
    return decide("normal(std=1)",
                  fmt::format("Random half of the low-rank update at {}: std 1, beside a half of zeros, so that the update "
                              "is 0 at first and learns from the first step (LoRA, Hu 2021).",
                              layer_of(p)));
  return decide(
      "he_uniform(negative_slope=sqrt(5))",
      fmt::format("Random half of the low-rank update at {}: U(+-1/sqrt(fan_in)), fan_in {}; its partner is 0, so that the update "
                  "adds nothing at first (LoRA, Hu 2021).",
                  layer_of(p), fan_in_words(s)));
}

Answer magnitude(const Subject& s) {
  if (s.parameter.adapter != "magnitude") return {};
  return keep(
      fmt::format("Magnitude of the adapted weight at {}: with an update of 0 it has to be the norm of the base weight, which is not in "
                  "this file. Stays as stored (DoRA, Liu 2024).",
                  layer_of(s.parameter)));
}

}  // namespace

Rules adapter_rules() {
  return {{"adapter, zero half", zero_half}, {"adapter, random half", random_half}, {"adapter magnitude", magnitude}};
}

}  // namespace evenkeel::recipes
