// SPDX-License-Identifier: Apache-2.0
// A recipe is an ordered list of rules: condition on a parameter -> scheme and reason. The first rule that matches decides.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/schemes/fans.hpp"
#include "evenkeel/schemes/scheme.hpp"

namespace evenkeel {

/// What a rule sees of one parameter.
struct Subject {
  const Parameter& parameter;
  const ModelTraits& traits;
  std::string_view name;              // of the stored tensor
  std::vector<Fans> fans;             // true fans, one per section; empty for a role without fans
  std::vector<Fans> framework_fans;   // by the recipe's fan rule; empty for a role without fans
  const Parameter* weight = nullptr;  // for a bias: the weight whose output it is added to
  std::string_view weight_name;
  std::vector<Fans> weight_fans;  // of that weight
  std::vector<Fans> weight_framework_fans;
  bool branch_scaled = false;      // a residual or layer scale multiplies this parameter's branch
  bool branch_packed_qkv = false;  // its branch holds a packed QKV weight
  bool tied_head = false;          // an embedding that is the output head too
};

struct Decision {
  Scheme scheme;
  std::string reason;
  bool assumed = false;
  std::vector<Fans> scheme_fans;  // fans for the scheme where they are not the true ones
};

struct Rule {
  std::string name;                                               // "convolution before BatchNormalization"
  std::function<std::optional<Decision>(const Subject&)> decide;  // nullopt: does not match
};

struct Recipe {
  std::string name;  // auto, pytorch, keras, flax, gpt2, llama, bert, or the file's name
  std::string summary;
  FanRule fan_rule = FanRule::exact;  // how the framework it is named after computes fans
  std::vector<Rule> rules;
};

/// Built-in names: auto, pytorch, keras, flax, gpt2, llama, bert.
[[nodiscard]] std::vector<std::string> recipe_names();
/// One line on a built-in recipe.
[[nodiscard]] std::string recipe_summary(std::string_view name);
/// By name, or from a TOML file (a path that exists or ends in .toml; docs/recipes.md). Throws invalid_argument with the nearest name,
/// bad_file with line and column.
[[nodiscard]] Recipe load_recipe(const std::string& name_or_path);
/// A recipe from TOML text; `origin` stands in messages.
[[nodiscard]] Recipe parse_recipe(std::string_view toml, const std::string& origin);

}  // namespace evenkeel
