// SPDX-License-Identifier: Apache-2.0
// Activations by name, with their kinks, so that moments can be integrated exactly between them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

/// A pointwise nonlinearity as a model states it: name ("relu", "gelu_tanh", "leaky_relu", "linear", ...) and its parameters.
struct Activation {
  std::string name = "linear";
  std::map<std::string, double> parameters;
};

[[nodiscard]] bool is_known_activation(std::string_view name);
/// All names, sorted.
[[nodiscard]] std::vector<std::string> activation_names();
[[nodiscard]] double value_of(const Activation& activation, double x);
[[nodiscard]] double slope_of(const Activation& activation, double x);
/// Points where the function or its slope is not smooth.
[[nodiscard]] std::vector<double> kinks_of(const Activation& activation);
/// "leaky_relu(negative_slope=0.2)".
[[nodiscard]] std::string to_string(const Activation& activation);

}  // namespace evenkeel
