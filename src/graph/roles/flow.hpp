// SPDX-License-Identifier: Apache-2.0
// The graph as a person draws it: layers, activations, norms, sums and products, with everything else seen through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/roles/layers.hpp"
#include "graph/roles/normalization.hpp"
#include "graph/roles/pointwise.hpp"

namespace evenkeel::roles {

enum class Kind {
  layer,
  embedding,
  norm,
  activation,
  softmax,
  contraction,
  attention,
  product,
  sum,
  concat,
  transparent,
  selection,
  output,
  stop
};

/// One step from a value to the next: `node` is the evidence, `from` is read in `slot`, `to` is what comes out.
struct Step {
  Kind kind = Kind::stop;
  NodeId node = absent;
  int slot = 0;
  ValueId from = absent;
  ValueId to = absent;
  const Nonlinearity* function = nullptr;  // activation
  const Norm* norm = nullptr;
};

class Flow {
 public:
  Flow(const Graph& graph, const WeightSource& weights);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const WeightSource& weights() const { return weights_; }
  [[nodiscard]] const std::vector<std::optional<Origin>>& origins() const { return provenance_.origins; }
  [[nodiscard]] const Norms& norms() const { return norms_; }
  [[nodiscard]] const PointwiseRegions& regions() const { return regions_; }
  [[nodiscard]] const std::optional<Layer>& layer(NodeId node) const { return layers_[node]; }

  [[nodiscard]] bool is_data(ValueId value) const { return value != absent && provenance_.active[value]; }
  /// What reads a value.
  [[nodiscard]] const std::vector<Step>& forward(ValueId value) const;
  /// What made a value; kind stop at an input of the model. For sums, products and the like `from` is the first operand that carries data.
  [[nodiscard]] Step backward(ValueId value) const;
  /// Operands of a node that carry data and are no weights.
  [[nodiscard]] const std::vector<ValueId>& operands(NodeId node) const { return operands_[node]; }
  /// The value behind views, casts, factors, pooling and biases.
  [[nodiscard]] ValueId behind(ValueId value) const;
  /// Name of a node for people: its own, or that of its output.
  [[nodiscard]] std::string name_of(NodeId node) const;
  [[nodiscard]] bool is_residual_norm(const Node& node) const;

 private:
  [[nodiscard]] Kind kind_of(NodeId node, int slot) const;
  [[nodiscard]] std::vector<ValueId> find_operands(NodeId node) const;
  [[nodiscard]] std::vector<Step> find_steps(ValueId value) const;

  const Graph& graph_;
  const WeightSource& weights_;
  Provenance provenance_;
  PointwiseRegions regions_;
  Norms norms_;
  std::vector<std::optional<Layer>> layers_;
  std::vector<std::optional<Nonlinearity>> single_;  // activations that are one node with a vector operand
  std::vector<std::vector<ValueId>> operands_;       // per node
  // Walks from every layer cross the same values again and again, and a value may have as many readers as the file has nodes.
  mutable std::vector<std::optional<std::vector<Step>>> steps_;  // per value, once it was asked for
};

}  // namespace evenkeel::roles
