// SPDX-License-Identifier: Apache-2.0
// Parameters made by hand, and what a recipe says to them.
#pragma once

#include <string>

#include "evenkeel/plan/make_plan.hpp"
#include "evenkeel/plan/recipe.hpp"

namespace evenkeel::testing_plan {

inline Parameter weight(Role role, std::string layout, Shape shape) {
  Parameter p;
  p.geometry.role = role;
  p.geometry.layout = std::move(layout);
  p.geometry.shape = std::move(shape);
  p.consumer = "node_7";
  p.node_op = "Gemm";
  return p;
}

inline Parameter dense(std::int64_t out, std::int64_t in) { return weight(Role::dense, "OI", {out, in}); }
inline Parameter conv(std::int64_t out, std::int64_t in) { return weight(Role::conv, "OIHW", {out, in, 3, 3}); }
inline Parameter vector(Role role, std::int64_t size) { return weight(role, "", {size}); }

inline Parameter fed(Parameter p, std::string activation) {
  p.fed_by = {std::move(activation), {}, "act_3"};
  return p;
}

inline Parameter in_branch(Parameter p, BranchPosition position, BranchNorm norm, int index = 0, int count = 4, int layers = 2) {
  p.branch = Branch{0, index, count, layers, position, norm, "identity", "add_9"};
  return p;
}

/// A graph and an analysis of these parameters, named p0, p1, ...
struct Model {
  Graph graph;
  Analysis analysis;

  Model& add(Parameter p, const std::string& name = "", DType dtype = DType::f32) {
    p.tensor = static_cast<TensorId>(graph.tensors.size());
    graph.tensors.push_back(
        {name.empty() ? "p" + std::to_string(p.tensor) : name, "", p.geometry.shape, dtype, Storage::initializer, absent});
    analysis.parameters.push_back(std::move(p));
    return *this;
  }
  [[nodiscard]] Plan plan(const std::string& recipe = "auto", const PlanOptions& options = {}) const {
    return make_plan(graph, analysis, load_recipe(recipe), options);
  }
};

inline PlanEntry decided(const Parameter& p, const ModelTraits& traits = {}, const std::string& recipe = "auto") {
  Model model;
  model.analysis.traits = traits;
  model.add(p);
  return model.plan(recipe).parameters[0];
}

inline std::string scheme_of(const Parameter& p, const ModelTraits& traits = {}, const std::string& recipe = "auto") {
  return to_string(decided(p, traits, recipe).scheme);
}

}  // namespace evenkeel::testing_plan
