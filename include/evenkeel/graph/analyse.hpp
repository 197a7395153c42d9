// SPDX-License-Identifier: Apache-2.0
// From a graph to its parameters: the planner's only view of a model.
#pragma once

#include <string>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

struct AnalysisOptions {
  std::string activation;  // names_only: the hidden activation, where the settings do not tell; "" = assumed
};

/// Reads roles, layouts, activations, residual branches and ties from the graph. Names are hints only: what counts is which node consumes a
/// tensor, in which slot. A role that the graph does not tell is Role::unknown, never a guess.
/// Of a names_only graph it knows names, shapes and settings, and every reason says how certain that is. Throws invalid_argument for an
/// activation that theory does not know.
[[nodiscard]] Analysis analyse(const Graph& graph, const WeightSource& weights, const AnalysisOptions& options = {});

}  // namespace evenkeel
