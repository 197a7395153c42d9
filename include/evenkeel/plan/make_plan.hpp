// SPDX-License-Identifier: Apache-2.0
// From what a model is to what its tensors get.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/plan/plan.hpp"
#include "evenkeel/plan/recipe.hpp"

namespace evenkeel {

/// A file whose stored values a plan may take. `analysis` is null where it holds names only: then names and shapes are all there is to go
/// by.
struct StoredFile {
  std::string name;  // as given
  const Graph* graph = nullptr;
  const WeightSource* weights = nullptr;
  const Analysis* analysis = nullptr;
};

struct PlanOptions {
  std::vector<std::pair<std::string, std::string>> set;  // glob -> scheme text, the last match wins
  std::vector<std::string> only;                         // globs; everything else is kept
  std::vector<std::string> untie;                        // globs of copies (or their owners) that get streams of their own
  std::string unknown;                                   // scheme for unknown roles; "" = an error that names the parameter
  bool keep_statistics = false;                          // running means and variances stay as stored
  std::optional<StoredFile> from;                        // stored values are taken where name and shape match
  std::vector<std::pair<std::string, std::string>> map;  // glob on the names there -> name here, a `*` for each `*`; the last match wins
  std::vector<std::string> extend;                       // globs of tensors whose stored rows are taken where the model has more
};

/// Throws invalid_argument, naming the option, where a scheme or a rename rule of the options does not parse. make_plan does so too.
void check_schemes(const PlanOptions& options);

/// Globs match the tensor's name, the consuming node's name, the exporter's scope, or "role:NAME"; `*` crosses separators. Tied copies are
/// one: what is set for one is set for all. Throws invalid_argument for a glob without a match (with the nearest names), for an unknown
/// role, for a scheme that cannot be applied to its tensor, for a file to take from of which nothing fits, and for a rename rule that fits
/// none of its names or gives two of them one name.
[[nodiscard]] Plan make_plan(const Graph& graph, const Analysis& analysis, const Recipe& recipe, const PlanOptions& options = {});

}  // namespace evenkeel
