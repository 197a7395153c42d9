// SPDX-License-Identifier: Apache-2.0
// Fans as far as a plan can state them.
#pragma once

#include <vector>

#include "evenkeel/schemes/fans.hpp"

namespace evenkeel {

/// section_fans_of; empty for a role without fans, and for a table (positions, queries) whose axes the graph does not explain.
[[nodiscard]] std::vector<Fans> known_fans_of(const Geometry& geometry, FanRule rule = FanRule::exact);

}  // namespace evenkeel
