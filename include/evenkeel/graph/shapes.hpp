// SPDX-License-Identifier: Apache-2.0
// Shape inference: ranks, dimensions and integer contents (the shape arithmetic of exporters), as far as they follow from the graph alone.
#pragma once

#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// Fills Value::shape, ::dtype, ::integers and ::data_dependent in node order; of a sequence, the shape is that of its elements. What
/// cannot be known stays unknown; an unknown operator's outputs too. Shapes that the file states fill gaps; where the two disagree,
/// inference wins. Never throws for odd input: a node that contradicts itself leaves its outputs unknown. Linear in the number of nodes; a
/// second call finds the same.
void infer_shapes(Graph& graph, const WeightSource& weights);

}  // namespace evenkeel
