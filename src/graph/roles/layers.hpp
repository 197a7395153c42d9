// SPDX-License-Identifier: Apache-2.0
// The nodes that apply weights, and which of their slots are weights, biases and data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evenkeel/graph/weight_source.hpp"
#include "graph/roles/origin.hpp"

namespace evenkeel::roles {

struct Layer {
  NodeId node = absent;
  int weight_slot = absent;
  ValueId weight = absent;
  ValueId data = absent;
  ValueId output = absent;
  int bias_slot = absent;
};

/// Per node; nullopt for nodes that apply no weights to data.
[[nodiscard]] std::vector<std::optional<Layer>> find_layers(const Graph& graph, const WeightSource& weights, const Provenance& provenance);

/// Whether every row of a convolution kernel is even or odd about one centre and no plain impulse: a Fourier, constant-Q or filter basis
/// that somebody computed. Learned kernels, and fresh random ones, never are.
[[nodiscard]] bool is_fixed_basis(const Graph& graph, const WeightSource& weights, TensorId tensor);

struct EinsumTerms {
  std::vector<std::string> inputs;
  std::string output;
};
/// nullopt for an ellipsis or more than two operands.
[[nodiscard]] std::optional<EinsumTerms> parse_einsum(const Node& node);

/// Axis letters (O, I, E, D H W, and D H K of per-head kernels) of the weight as the node reads it.
[[nodiscard]] std::string axis_letters(const Graph& graph, const Layer& layer);

}  // namespace evenkeel::roles
