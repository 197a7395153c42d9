// SPDX-License-Identifier: Apache-2.0
// From the deciding use of a tensor to its Parameter: axes mapped back to the stored tensor, neighbours, branch, folded norms.
#pragma once

#include <map>
#include <vector>

#include "graph/roles/use.hpp"

namespace evenkeel::roles {

[[nodiscard]] Parameter describe(const Reading& reading, const RoleUse& use, const std::vector<RoleUse>& all);
/// The use of a further tensor that went into the same constant expression: a gain of a weight norm, a second part of a joined weight.
[[nodiscard]] RoleUse part_use(const Reading& reading, const RoleUse& use, TensorId other);
/// bias_of, has_bias and folded_norm.
void link_biases(const Reading& reading, const std::map<TensorId, std::vector<RoleUse>>& uses, std::vector<Parameter>& parameters);

}  // namespace evenkeel::roles
