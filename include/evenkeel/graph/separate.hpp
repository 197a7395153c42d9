// SPDX-License-Identifier: Apache-2.0
// Takes apart what an exporter merged: tensors of one constant (biases of 0, scales of 1) that layers which are not tied read as one.
#pragma once

#include <memory>

#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// Gives every module but the first that reads such a tensor one of its own (Storage::split, named after the module where the file tells
/// it), and returns a source that knows the new ones. Uses of one module, as in an unrolled loop, stay together; so do tensors that are not
/// constant, since a merge and a layer that is shared on purpose look the same there. Needs inferred shapes.
[[nodiscard]] std::shared_ptr<const WeightSource> separate_merged(Graph& graph, std::shared_ptr<const WeightSource> weights);

}  // namespace evenkeel
