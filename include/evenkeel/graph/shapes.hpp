// SPDX-License-Identifier: Apache-2.0
// Shape inference: ranks, dimensions and integer contents (the shape arithmetic of exporters), as far as they follow from the graph alone.
#pragma once

#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// Fills Value::shape, ::dtype and ::integers in node order. What cannot be known stays unknown; an unknown operator's outputs too. Shapes that
/// the file states are kept where inference finds nothing better. Never throws for odd input: a contradiction leaves the value unknown.
void infer_shapes(Graph& graph, const WeightSource& weights);

}  // namespace evenkeel
