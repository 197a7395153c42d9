// SPDX-License-Identifier: Apache-2.0
// auto: recurrent cells. Each gate is a matrix of its own.
#include <fmt/format.h>

#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

bool is_cell_weight(const Parameter& p) { return p.geometry.role == Role::packed_gates || (!p.cell.empty() && is_weight(p.geometry.role)); }

std::string cell_words(const Parameter& p) {
  return p.cell.empty() ? "recurrent cell" : p.cell == "lstm" ? "LSTM" : p.cell == "gru" ? "GRU" : "RNN";
}

Answer relu_rnn(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_cell_weight(p) || p.cell != "rnn" || p.followed_by.name != "relu") return {};
  if (p.recurrent)
    return decide(
        "identity",
        fmt::format("Hidden-to-hidden weight of the ReLU RNN at {}: identity, so that the state stays as it is at first (IRNN, Le 2015).",
                    layer_of(p)));
  return decide("normal(std=0.001)",
                fmt::format("Input weight of the ReLU RNN at {}: std 0.001 beside the identity in the recurrent weight (IRNN, Le 2015).",
                            layer_of(p)));
}

Answer recurrent(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_cell_weight(p) || !p.recurrent) return {};
  return decide("orthogonal",
                fmt::format("Hidden-to-hidden weight of the {} at {}: orthogonal{}, so that the state neither grows nor fades over time.",
                            cell_words(p), layer_of(p), p.geometry.sections.empty() ? "" : ", a matrix per gate"));
}

Answer input(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_cell_weight(p)) return {};
  return decide("glorot_uniform",
                fmt::format("Input weight of the {} at {}: Glorot{}, fan_in {}, fan_out {}{}.", cell_words(p), layer_of(p),
                            p.geometry.sections.empty() ? "" : " for each gate", fan_in_words(s), fan_out_words(s),
                            p.geometry.sections.empty() ? "" : " (the fans of the packed matrix would be wrong)"));
}

}  // namespace

Rules auto_recurrent_rules() { return {{"ReLU RNN", relu_rnn}, {"recurrent weight", recurrent}, {"input weight of a cell", input}}; }

}  // namespace evenkeel::recipes
