// SPDX-License-Identifier: Apache-2.0
#include "plan/known_fans.hpp"

namespace evenkeel {

std::vector<Fans> known_fans_of(const Geometry& geometry, FanRule rule) {
  const Role role = geometry.role;
  const bool table =
      role == Role::embedding || role == Role::position_embedding || role == Role::position_bias || role == Role::query_embedding;
  if (!has_fans(role) || (table && geometry.layout.empty())) return {};
  return section_fans_of(geometry, rule);
}

}  // namespace evenkeel
