// SPDX-License-Identifier: Apache-2.0
// Activations, however an exporter took them to pieces: maximal subgraphs that are a scalar function of one value, named by evaluating
// them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel::roles {

/// `exit` = f(base), elementwise. A linear f (casts, scalar factors) has the name "none".
struct Pointwise {
  ValueId base = absent;
  ValueId exit = absent;
  Nonlinearity function;
};

class PointwiseRegions {
 public:
  PointwiseRegions(const Graph& graph, const WeightSource& weights, const std::vector<bool>& active);

  /// The value this one is a scalar function of; itself where it is none.
  [[nodiscard]] ValueId base_of(ValueId value) const { return base_[value]; }
  /// Whether every node between the value and its base is linear (casts, factors, shifts).
  [[nodiscard]] bool is_linear(ValueId value) const { return linear_[value]; }
  /// The regions whose base is this value, one per exit.
  [[nodiscard]] const std::vector<Pointwise>& from(ValueId base) const;
  [[nodiscard]] const Pointwise* to(ValueId exit) const;
  /// Whether a node is inside the region of `base`, so that a walk from there goes by `from` instead.
  [[nodiscard]] bool is_inside(NodeId node, ValueId base) const { return root_[node] == base; }

 private:
  void find_bases();
  void find_exits();
  [[nodiscard]] std::optional<double> scalar_of(ValueId value) const;
  [[nodiscard]] bool is_pointwise(const Node& node) const;
  [[nodiscard]] ValueId common_base(const std::vector<ValueId>& values) const;
  void find_readers();
  [[nodiscard]] bool leaves(ValueId value) const;
  [[nodiscard]] double evaluate(ValueId value, ValueId base, double x, std::map<ValueId, double>& known) const;
  [[nodiscard]] Nonlinearity name_of(ValueId exit, ValueId base) const;

  const Graph& graph_;
  const WeightSource& weights_;
  const std::vector<bool>& active_;
  std::vector<ValueId> base_;    // per value
  std::vector<bool> linear_;     // per value
  std::vector<ValueId> root_;    // per node
  std::vector<int> size_;        // per value: nodes between it and its base, those met twice counted twice
  std::vector<bool> pointwise_;  // per node
  std::vector<bool> leaves_;     // per value
  std::map<ValueId, std::vector<Pointwise>> from_;
  std::map<ValueId, Pointwise> to_;
  mutable std::map<ValueId, std::optional<double>> scalars_;
};

/// Name and parameters of a node that is an activation by itself; nullopt for any other. Softmax is none.
[[nodiscard]] std::optional<Nonlinearity> activation_of(const Node& node);

/// The `activation` attribute of a fused layer (FusedConv, FusedGemm), nullopt where it has none.
[[nodiscard]] std::optional<Nonlinearity> fused_activation_of(const Node& node);

}  // namespace evenkeel::roles
