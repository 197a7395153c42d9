// SPDX-License-Identifier: Apache-2.0
// From what a model is to what its tensors get.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/plan/plan.hpp"
#include "evenkeel/plan/recipe.hpp"

namespace evenkeel {

struct PlanOptions {
  std::vector<std::pair<std::string, std::string>> set;  // glob -> scheme text, the last match wins
  std::vector<std::string> only;                         // globs; everything else is kept
  std::vector<std::string> untie;                        // globs of copies (or their owners) that get streams of their own
  std::string unknown;                                   // scheme for unknown roles; "" = an error that names the parameter
  bool keep_statistics = false;                          // running means and variances stay as stored
};

/// Throws invalid_argument, naming the option, where a scheme of the options does not parse. make_plan does so too.
void check_schemes(const PlanOptions& options);

/// Globs match the tensor's name, the consuming node's name, the exporter's scope, or "role:NAME"; `*` crosses separators. Tied copies are
/// one: what is set for one is set for all. Throws invalid_argument for a glob without a match (with the nearest names), for an unknown
/// role, and for a scheme that cannot be applied to its tensor.
[[nodiscard]] Plan make_plan(const Graph& graph, const Analysis& analysis, const Recipe& recipe, const PlanOptions& options = {});

}  // namespace evenkeel
