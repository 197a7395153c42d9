// SPDX-License-Identifier: Apache-2.0
// The options that plan and init share, and the way from a model to its plan.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/io/model.hpp"
#include "evenkeel/plan/make_plan.hpp"
#include "evenkeel/plan/plan.hpp"
#include "evenkeel/plan/recipe.hpp"

namespace evenkeel::app {

struct PlanArguments {
  std::string model;
  std::string recipe = "auto";
  std::vector<std::string> set, only, untie;
  std::string unknown;
  bool keep_statistics = false;
  std::string from, activation;
  std::vector<std::string> map, extend;
};

/// The arguments understood, before any model is read: a wrong option is told first.
struct Planning {
  Recipe recipe;
  PlanOptions options;
  AnalysisOptions analysis;
};

/// The model argument and the options that decide; returned are the latter, so that a command can exclude them.
std::vector<CLI::Option*> add_plan_arguments(CLI::App& parser, PlanArguments& arguments);
[[nodiscard]] Planning planning_of(const PlanArguments& arguments);
/// read_model, shapes inferred, and what an exporter merged taken apart.
[[nodiscard]] Model open_model(const std::string& path_or_spec);
/// The message with every name of the graph that holds a line break made printable, so that it cannot pass for a line of its own.
[[nodiscard]] std::string readable_message(const Model& model, std::string message);
/// Runs a step; what it throws speaks of the model by readable names.
template <typename Step>
auto with_readable_names(const Model& model, Step step) {
  try {
    return step();
  } catch (const Error& error) { fail(error.code(), readable_message(model, error.what())); }
}
/// The file of --from, or nothing. Throws invalid_argument for a built-in spec, which holds no values.
[[nodiscard]] std::optional<Model> open_source(const PlanArguments& arguments);
[[nodiscard]] Plan plan_of(const Model& model, const Planning& planning, const std::optional<Model>& from);

}  // namespace evenkeel::app
