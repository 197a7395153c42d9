// SPDX-License-Identifier: Apache-2.0
// What a glob may name a parameter by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/geometry.hpp"

namespace evenkeel {

struct Target {
  std::string_view name;      // of the tensor
  std::string_view consumer;  // the node that uses it
  std::string_view scope;     // the exporter's module path
  Role role = Role::unknown;
};

/// The glob against name, consumer and scope, or "role:NAME" against the role.
[[nodiscard]] bool matches_target(std::string_view glob, const Target& target) noexcept;
/// All names by which the targets can be matched, for suggestions.
[[nodiscard]] std::vector<std::string> names_of(const std::vector<Target>& targets);
/// Every role's name.
[[nodiscard]] std::vector<std::string> role_names();

}  // namespace evenkeel
