// SPDX-License-Identifier: Apache-2.0
// What a person should know before using a plan.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel {

/// plan.parameters and analysis.parameters stand in the same order.
[[nodiscard]] std::vector<std::string> warnings_of(const Plan& plan, const Analysis& analysis);

}  // namespace evenkeel
