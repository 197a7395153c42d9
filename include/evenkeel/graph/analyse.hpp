// SPDX-License-Identifier: Apache-2.0
// From a graph to its parameters: the planner's only view of a model.
#pragma once

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// Reads roles, layouts, activations, residual branches and ties from the graph. Names are hints only: what counts is which node consumes a
/// tensor, in which slot. A role that the graph does not tell is Role::unknown, never a guess.
[[nodiscard]] Analysis analyse(const Graph& graph, const WeightSource& weights);

}  // namespace evenkeel
