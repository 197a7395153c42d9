// SPDX-License-Identifier: Apache-2.0
// Roles where there is no graph: from names, shapes and the settings beside the weights.
#pragma once

#include "evenkeel/graph/analyse.hpp"

namespace evenkeel::names {

[[nodiscard]] Analysis analyse_names(const Graph& graph, const WeightSource& weights, const AnalysisOptions& options);

}  // namespace evenkeel::names
