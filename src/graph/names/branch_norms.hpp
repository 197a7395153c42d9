// SPDX-License-Identifier: Apache-2.0
// Where the norms of residual branches stand: before, inside, at the end, behind the addition.
#pragma once

#include <initializer_list>

#include "graph/names/blocks.hpp"

namespace evenkeel::names {

[[nodiscard]] bool is_one_of_functions(Function f, std::initializer_list<Function> choices) noexcept;
/// Fills Branch::norm of all branches from the settings' family, else from the names of the norms.
void set_branch_norms(const Reading& reading, Blocks& blocks, const std::vector<std::size_t>& norms);

}  // namespace evenkeel::names
