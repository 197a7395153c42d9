// SPDX-License-Identifier: Apache-2.0
// Attention in pieces: a product of two activations, softmax, a second product; and which values are its queries, keys and values.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "graph/roles/flow.hpp"

namespace evenkeel::roles {

class Attentions {
 public:
  explicit Attentions(const Flow& flow);
  /// 'q', 'k' or 'v' for a value that an attention reads in that place, 0 for any other.
  [[nodiscard]] char part(ValueId value, NodeId reader) const;
  [[nodiscard]] bool any() const { return !parts_.empty(); }
  /// Whether a contraction makes the scores or the result of an attention.
  [[nodiscard]] bool makes_scores(NodeId node) const { return scores_.contains(node); }
  [[nodiscard]] bool makes_result(NodeId node) const { return results_.contains(node); }

 private:
  void find_in_pieces(NodeId softmax);
  void find_fused(NodeId node);

  const Flow& flow_;
  std::map<std::pair<ValueId, NodeId>, char> parts_;
  std::set<NodeId> scores_, results_;
};

}  // namespace evenkeel::roles
