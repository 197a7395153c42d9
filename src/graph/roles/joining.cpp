// SPDX-License-Identifier: Apache-2.0
// Constants that join data as they are: class and mask tokens, learned queries; and slopes of PRelu.
#include <algorithm>

#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

/// All elements equal: padding, an empty cache, no learned token that was ever trained.
bool is_filler(const Reading& reading, TensorId tensor) {
  if (reading.graph().tensors[tensor].storage == Storage::initializer && is_given_name(reading.graph().tensors[tensor])) return false;
  const auto numbers = numbers_of(reading.flow.weights(), reading.graph(), tensor, 4096);
  return std::all_of(numbers.begin(), numbers.end(), [&](double x) { return x == numbers.front(); });
}

}  // namespace

RoleUse joining_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  const std::string name = node.op + " " + reading.flow.name_of(use.node);
  if (node.op == "PRelu") {
    use.role = use.slot == 1 ? Role::activation_slope : Role::constant;
    use.evidence.push_back("slope of " + name);
    return use;
  }
  const bool table = reading.flow.origins()[use.value]->computed || count_of(reading.graph(), use.tensor) == 1;
  if (table || is_filler(reading, use.tensor)) {
    use.role = Role::constant;
    use.evidence.push_back(name + " joins it to the data; it holds no learned values");
    return use;
  }
  use.role = Role::token;
  use.evidence.push_back(name + " puts it among the data");
  return use;
}

}  // namespace evenkeel::roles
