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

struct Decision {
  Scheme scheme;
  std::string reason;
  bool assumed = false;
};

struct Rule {
  std::string name;   // "convolution before BatchNormalization"
  std::function<std::optional<Decision>(const Parameter&, const ModelTraits&)> decide;  // nullopt: does not match
};

struct Recipe {
  std::string name;                    // auto, pytorch, keras, flax, gpt2, llama, bert, or the file's name
  std::string summary;
  FanRule fan_rule = FanRule::exact;   // how the framework it is named after computes fans
  std::vector<Rule> rules;
};

/// Built-in names: auto, pytorch, keras, flax, gpt2, llama, bert.
[[nodiscard]] std::vector<std::string> recipe_names();
/// By name, or from a TOML file (a path that exists or ends in .toml). Throws invalid_argument with the nearest name, bad_file with line and column.
[[nodiscard]] Recipe load_recipe(const std::string& name_or_path);

}  // namespace evenkeel
