// SPDX-License-Identifier: Apache-2.0
// Norms, whole or in pieces: a value divided by a root of its own moments, in whatever order an exporter left the arithmetic.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/roles/origin.hpp"
#include "graph/roles/pointwise.hpp"

namespace evenkeel::roles {

struct Norm {
  std::string kind;         // batch_norm, layer_norm, rms_norm, group_norm, instance_norm
  ValueId input = absent;   // what is normalised
  ValueId output = absent;  // before a scale and shift that stand in nodes of their own
  NodeId node = absent;     // the evidence
};

/// What a constant operand of an elementwise node is to the norm before it.
enum class NormPart { none, scale, shift, mean, folded };

class Norms {
 public:
  Norms(const Graph& graph, const PointwiseRegions& regions, const Provenance& provenance);

  [[nodiscard]] const std::vector<Norm>& all() const { return norms_; }
  /// The norm whose result this value is (also after its scale and shift); nullptr for any other value.
  [[nodiscard]] const Norm* of(ValueId value) const;
  /// Norms in pieces that read this value.
  [[nodiscard]] std::vector<const Norm*> from(ValueId input) const;
  /// Whether a node only computes moments or other inner parts of a norm in pieces.
  [[nodiscard]] bool is_inside(NodeId node) const { return inside_.contains(node); }
  /// For Mul, Add, Sub, Div with a constant operand.
  [[nodiscard]] NormPart part(NodeId node) const;
  [[nodiscard]] const Norm* norm_of_part(NodeId node) const;

 private:
  struct Moment {
    ValueId root = absent;
    bool rooted = false;
    bool mean_only = true;
  };
  void visit(NodeId n);
  void visit_reduction(NodeId n);
  void visit_moments(NodeId n);
  bool visit_division(NodeId n);
  void visit_affine(NodeId n);
  void visit_constants_only(NodeId n);
  void add(std::string kind, ValueId input, ValueId output, NodeId node);
  void mark_inside();
  void find_inner_parts();
  [[nodiscard]] ValueId root_of(ValueId value) const;
  [[nodiscard]] bool is_centred(ValueId value) const;
  [[nodiscard]] bool is_data(ValueId value) const { return value != absent && active_[value]; }

  const Graph& graph_;
  const PointwiseRegions& regions_;
  const std::vector<std::optional<Origin>>& origins_;
  const std::vector<bool>& active_;
  std::vector<Norm> norms_;
  std::map<ValueId, int> result_;       // value -> norm whose result it is
  std::map<ValueId, int> stage_;        // 0 plain, 1 scaled, 2 shifted
  std::map<ValueId, Moment> moment_;    // values made of moments alone
  std::map<ValueId, ValueId> centred_;  // x - mean(x) -> x
  std::map<NodeId, std::pair<NormPart, int>> parts_;
  std::set<NodeId> inside_;
};

}  // namespace evenkeel::roles
