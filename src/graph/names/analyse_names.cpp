// SPDX-License-Identifier: Apache-2.0
#include "graph/names/analyse_names.hpp"

namespace evenkeel::names {

Analysis analyse_names(const Graph& graph, const WeightSource&, const AnalysisOptions&) {
  Analysis analysis;
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    Parameter p;
    p.tensor = static_cast<TensorId>(t);
    p.geometry.shape = graph.tensors[t].shape;
    analysis.parameters.push_back(std::move(p));
  }
  return analysis;
}

}  // namespace evenkeel::names
