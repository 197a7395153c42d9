// SPDX-License-Identifier: Apache-2.0
// Residual branches: additions in which one operand is computed from the other, or from the same source by a shortcut of one layer.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "graph/roles/flow.hpp"

namespace evenkeel::roles {

struct Residual {
  NodeId add = absent;
  ValueId skip = absent;       // where branch and skip part; absent for the model's inputs
  std::vector<NodeId> layers;  // of the branch, in running order
  NodeId shortcut = absent;    // the layer of a projection
  BranchNorm norm = BranchNorm::none;
  bool projection = false;
  int stream = 0, index = 0, count = 1;
};

class Residuals {
 public:
  explicit Residuals(const Flow& flow);

  [[nodiscard]] const std::vector<Residual>& all() const { return residuals_; }
  [[nodiscard]] bool is_add(NodeId node) const { return by_add_.contains(node); }
  [[nodiscard]] const Residual* of_add(NodeId node) const;
  /// Branch and position of a layer or a norm; nullptr where it is in none.
  [[nodiscard]] const std::pair<int, BranchPosition>* of(NodeId node) const;
  [[nodiscard]] Branch branch(NodeId node) const;
  /// Residual add that a value reaches through transparent steps and products alone, absent where another layer comes first.
  [[nodiscard]] NodeId add_behind(ValueId value) const;

 private:
  void find();
  bool find_identity(NodeId add, const std::vector<ValueId>& operands);
  bool find_projection(NodeId add, const std::vector<ValueId>& operands);
  void drop_inner();
  void record(Residual residual, const std::set<NodeId>& inside);
  void add_fed_from_elsewhere(Residual& residual, const std::set<NodeId>& inside) const;
  void number();
  [[nodiscard]] std::vector<ValueId> flat_operands(NodeId add, int depth = 0) const;
  [[nodiscard]] ValueId skip_root(ValueId value) const;
  [[nodiscard]] std::vector<bool> reached_from(ValueId source, NodeId until) const;
  [[nodiscard]] std::set<NodeId> nodes_between(const std::vector<ValueId>& ends, const std::vector<bool>& reached) const;
  [[nodiscard]] bool leads_to(NodeId node, NodeId add, const std::set<NodeId>& barrier) const;
  [[nodiscard]] NodeId previous_add(ValueId value) const;

  const Flow& flow_;
  std::vector<Residual> residuals_;
  std::vector<std::set<NodeId>> inside_;
  std::map<NodeId, int> by_add_;
  std::map<NodeId, std::pair<int, BranchPosition>> position_;
  std::int64_t visits_left_ = 8'000'000;  // nodes that the search may look at: a sum of everything with everything would be quadratic
};

}  // namespace evenkeel::roles
