// SPDX-License-Identifier: Apache-2.0
// Facts of stored tensors: type, shape, and the content of small ones.
#pragma once

#include "evenkeel/graph/weight_source.hpp"
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {

[[nodiscard]] std::vector<Facts> facts_of_tensors(const Graph& graph, const WeightSource& weights);

}  // namespace evenkeel::shapes
