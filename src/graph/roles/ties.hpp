// SPDX-License-Identifier: Apache-2.0
// Tensors that are one: tied weights that an exporter stored twice, and equal tensors that it merged into one.
#pragma once

#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel::roles {

/// Fills owner, view, tie, copies and merged. Embedding and head with the same values (transposed or not) are tied. Aliases whose common
/// value is one constant are taken apart, as each layer had its own; other aliases keep sharing, since the file cannot tell a merge from a
/// shared layer.
void find_ties(const Graph& graph, const WeightSource& weights, std::vector<Parameter>& parameters);

}  // namespace evenkeel::roles
