// SPDX-License-Identifier: Apache-2.0
// One use of a stored tensor by one node, and what the tensor is there. A tensor with several uses is what its most telling use says.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "graph/roles/attention.hpp"
#include "graph/roles/paths.hpp"
#include "graph/roles/residual.hpp"

namespace evenkeel::roles {

/// Everything the families of roles look at.
struct Reading {
  const Flow& flow;
  const Attentions& attentions;
  const Residuals& residuals;
  const Paths& paths;
  [[nodiscard]] const Graph& graph() const { return flow.graph(); }
};

struct RoleUse {
  TensorId tensor = absent;
  NodeId node = absent;
  int slot = 0;
  ValueId value = absent;  // the tensor as the node reads it, behind views
  Role role = Role::unknown;
  std::string letters;  // axis letters of `value`
  std::int64_t groups = 1;
  std::vector<std::int64_t> stride, dilation;
  std::vector<Section> sections;
  int section_axis = -1;  // of `value`
  std::string cell;
  std::string norm;
  std::string attention;
  std::string glu;
  bool recurrent = false;
  bool modulates = false;
  bool folded = false;  // scale and running variance of a norm in one
  bool assumed = false;
  NodeId layer = absent;  // for a bias: its layer
  std::vector<std::string> evidence;
};

/// Families: each returns a use with a role, or Role::unknown where it has nothing to say.
[[nodiscard]] RoleUse dense_use(const Reading& reading, RoleUse use, const Layer& layer);
[[nodiscard]] RoleUse convolution_use(const Reading& reading, RoleUse use, const Layer& layer);
[[nodiscard]] RoleUse recurrent_use(const Reading& reading, RoleUse use);
/// Sections of a stored tensor whose gates stand in another order, or are joined with other tensors, before the operator reads them.
void restore_gates(const Reading& reading, const RoleUse& use, Parameter& parameter);
[[nodiscard]] RoleUse norm_use(const Reading& reading, RoleUse use);
[[nodiscard]] RoleUse fused_use(const Reading& reading, RoleUse use);
[[nodiscard]] RoleUse embedding_use(const Reading& reading, RoleUse use);
[[nodiscard]] RoleUse elementwise_use(const Reading& reading, RoleUse use);
[[nodiscard]] RoleUse joining_use(const Reading& reading, RoleUse use);  // Concat, Where, PRelu, learned queries

/// The role of a tensor where a node reads it.
[[nodiscard]] RoleUse use_of(const Reading& reading, TensorId tensor, NodeId node, int slot, ValueId value);

/// Elements of the tensor; dimensions above one.
[[nodiscard]] std::int64_t count_of(const Graph& graph, TensorId tensor);
[[nodiscard]] int effective_rank(const Shape& shape);
/// Whether a name looks like one that a person or a module gave, as against a number an exporter made up (val_12, onnx::Mul_7,
/// /layer/Constant_3_output_0).
[[nodiscard]] bool is_given_name(const StoredTensor& tensor);
/// Stricter: an initializer named in the manner of a state dict. A single number is a parameter only where it has such a name.
[[nodiscard]] bool is_module_name(const StoredTensor& tensor);
/// Sections of the weight of an unrolled or packed layer, for its bias too.
void pack_sections(const Reading& reading, RoleUse& use, const Layer& layer);

}  // namespace evenkeel::roles
