// SPDX-License-Identifier: Apache-2.0
// auto: embeddings, positions, tokens, routers. What is looked up has no fan that would set its size.
#include <fmt/format.h>

#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

Answer tied_embedding(const Subject& s) {
  if (s.parameter.geometry.role != Role::embedding || !s.tied_head) return {};
  return decide("normal(std=0.02)",
                "One tensor is embedding and output head: one rule for both, std 0.02, since std 1 would give logits far from the prior "
                "and a very large first loss.");
}

Answer embedding(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::embedding) return {};
  if (p.transformer || s.traits.has_attention) {
    return decide(
        "normal(std=0.02)",
        fmt::format("Embedding of a transformer, read at {}: std 0.02 (GPT-2), small beside what the branches add later.", layer_of(p)));
  }
  return decide(
      "normal(std=1)",
      fmt::format("Embedding, read at {}: a looked-up row is used as it is (fan_in 1), so std 1 hands unit variance to the next layer.",
                  layer_of(p)));
}

Answer position(const Subject& s) {
  const Role role = s.parameter.geometry.role;
  if (role != Role::position_embedding && role != Role::position_bias) return {};
  const char* what = role == Role::position_bias ? "Learned position bias added to attention scores" : "Position embedding";
  return decide("normal(std=0.02)", fmt::format("{} at {}: std 0.02, so that positions differ without drowning what they are added to.",
                                                what, layer_of(s.parameter)));
}

Answer token(const Subject& s) {
  if (s.parameter.geometry.role != Role::token) return {};
  return decide("normal(std=0.02)",
                fmt::format("Learned token put in at {}: std 0.02, like the position embeddings beside it.", layer_of(s.parameter)));
}

Answer query(const Subject& s) {
  if (s.parameter.geometry.role != Role::query_embedding) return {};
  return decide("normal(std=1)", "Learned queries: std 1, since queries that start alike find the same things.");
}

Answer router(const Subject& s) {
  const Parameter& p = s.parameter;
  if (p.geometry.role != Role::router) return {};
  return decide("normal(std=0.02)",
                fmt::format("Router at {}: small, std 0.02, so that all experts are used at first; not zero, which would only make ties.",
                            layer_of(p)));
}

Answer modulation(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !modulates(p) || p.weight_norm) return {};
  return decide("zeros", fmt::format("{} gives shifts, scales and gates to normalized branches (adaLN): 0, so that every block starts as "
                                     "its shortcut (adaLN-Zero, Peebles & Xie 2023).",
                                     layer_of(p)));
}

Answer spline(const Subject& s) {
  if (s.parameter.geometry.role != Role::spline_coefficients) return {};
  return assume("normal(std=0.1)", "Spline coefficients: small noise of std 0.1 (*assumed*: the size of the grid is not in the graph).");
}

}  // namespace

Rules auto_table_rules() {
  return {{"tied embedding and head", tied_embedding},
          {"embedding", embedding},
          {"position", position},
          {"token", token},
          {"query", query},
          {"router", router},
          {"adaLN modulation", modulation},
          {"spline coefficients", spline}};
}

}  // namespace evenkeel::recipes
