// SPDX-License-Identifier: Apache-2.0
// Repeated layers as one row: names that differ only in numbers become blocks.{0..3}.attn.weight.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/plan/plan.hpp"

namespace evenkeel::app {

struct Fold {
  std::vector<const PlanEntry*> members;  // in file order
  std::string title;
};

/// The name with every number replaced by '#'.
[[nodiscard]] std::string pattern_of(const std::string& name);
/// One name for several of one pattern: braces only where they stand for exactly these names, else the first and an ellipsis.
[[nodiscard]] std::string folded_name(const std::vector<std::string>& names);
/// Entries with the same decision and the same pattern; vectors that get a constant fold by role. Kept ones are left out.
[[nodiscard]] std::vector<Fold> folds_of(const Plan& plan);

}  // namespace evenkeel::app
