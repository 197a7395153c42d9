// SPDX-License-Identifier: Apache-2.0
// Whether two stored tensors hold the same bytes.
#pragma once

#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// `transposed`: matrices, of which one is the other's transpose. False for other shapes or types.
[[nodiscard]] bool same_values(const Graph& graph, const WeightSource& weights, TensorId a, TensorId b, bool transposed);

}  // namespace evenkeel
