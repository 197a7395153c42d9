// SPDX-License-Identifier: Apache-2.0
// Scales, shifts and running statistics of norms that are one node.
#include <algorithm>
#include <string>

#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

enum class Slot { scale, shift, mean, variance, bias, other };

Slot slot_of(const Node& node, int slot) {
  if (node.op == "BatchNormalization" || node.op == "SpatialBN") {
    constexpr Slot slots[] = {Slot::other, Slot::scale, Slot::shift, Slot::mean, Slot::variance};
    return slot < 5 ? slots[slot] : Slot::other;
  }
  if (node.op == "SkipLayerNormalization") return slot == 2 ? Slot::scale : slot == 3 ? Slot::shift : slot == 4 ? Slot::bias : Slot::other;
  if (node.op == "SkipSimplifiedLayerNormalization") return slot == 2 ? Slot::scale : slot == 3 ? Slot::bias : Slot::other;
  if (node.op == "SkipGroupNorm") return slot == 1 ? Slot::scale : slot == 2 ? Slot::shift : slot == 4 ? Slot::bias : Slot::other;
  return slot == 1 ? Slot::scale : slot == 2 ? Slot::shift : Slot::other;
}

/// Exporters fill in a scale of ones and a shift of zeros where a norm has no parameters.
bool is_filled_in(const Reading& reading, const RoleUse& use, double value) {
  if (is_given_name(reading.graph().tensors[use.tensor])) return false;
  const auto numbers = numbers_of(reading.flow.weights(), reading.graph(), use.tensor, 1 << 16);
  return std::all_of(numbers.begin(), numbers.end(), [&](double x) { return x == value; });
}

}  // namespace

RoleUse norm_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  use.norm = std::string(norm_kind(node));
  const std::string name = node.op + " " + reading.flow.name_of(use.node);
  switch (slot_of(node, use.slot)) {
    case Slot::scale:
      use.role = Role::norm_scale;
      use.evidence.push_back("scale of " + name);
      break;
    case Slot::shift:
      use.role = Role::norm_shift;
      use.evidence.push_back("shift of " + name);
      break;
    case Slot::mean:
      use.role = Role::running_mean;
      use.evidence.push_back("running mean of " + name);
      break;
    case Slot::variance:
      use.role = Role::running_var;
      use.evidence.push_back("running variance of " + name);
      break;
    case Slot::bias:
      use.role = Role::bias;
      use.evidence.push_back("added inside " + name);
      break;
    case Slot::other:
      use.role = Role::constant;
      break;
  }
  const bool filled_in =
      (use.role == Role::norm_scale && is_filled_in(reading, use, 1)) || (use.role == Role::norm_shift && is_filled_in(reading, use, 0));
  if (filled_in) {
    use.role = Role::constant;
    use.evidence.push_back("filled in by the exporter: the norm has no parameters of its own");
  }
  return use;
}

}  // namespace evenkeel::roles
