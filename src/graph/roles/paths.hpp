// SPDX-License-Identifier: Apache-2.0
// What stands before and after a layer: the activation that feeds it, the one that follows, norms, gates, inputs and outputs of the model.
#pragma once

#include <string>
#include <vector>

#include "graph/roles/attention.hpp"
#include "graph/roles/residual.hpp"

namespace evenkeel::roles {

struct Before {
  Nonlinearity function;  // "none" where the layer reads another layer, a norm or the input directly
  std::string norm;       // between the last layer and this one
  NodeId norm_node = absent;
  bool input = false;  // the model's input, no layer between
  bool embedding = false;
  bool attention = false;  // the result of an attention
  bool product = false;    // a gated product; `function` is its gate's
  bool one_hot = false;
  bool sum = false;  // a sum, residual or other
};

struct After {
  Nonlinearity function;   // "mixed" where paths differ
  std::string norm;        // before the function
  bool output = false;     // an output of the model, no layer between
  bool product = false;    // a factor of a product
  bool selection = false;  // TopK
  std::string attention;   // letters of the attention places reached: "q", "qkv", ...
  bool residual = false;
  bool layer = false;
};

class Paths {
 public:
  Paths(const Flow& flow, const Attentions& attentions, const Residuals& residuals);

  [[nodiscard]] Before before(ValueId data) const;
  [[nodiscard]] After after(ValueId output) const;
  /// Layers on the longest path from the input, this node included.
  [[nodiscard]] int depth(NodeId node) const { return depth_[node]; }
  /// Whether any layer reads, directly or not, what this value becomes.
  [[nodiscard]] bool has_layer_after(ValueId value) const { return layer_after_[value]; }

 private:
  void walk_before(ValueId value, Before& found, int depth, int& visits) const;
  void walk_after(ValueId value, After& found, std::vector<Nonlinearity>& functions, bool seen, int depth, int& visits) const;

  const Flow& flow_;
  const Attentions& attentions_;
  const Residuals& residuals_;
  std::vector<int> depth_;
  std::vector<bool> layer_after_;
};

}  // namespace evenkeel::roles
