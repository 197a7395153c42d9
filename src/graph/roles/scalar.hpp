// SPDX-License-Identifier: Apache-2.0
// Single operators as functions of numbers, and the name of a function of one number.
#pragma once

#include <functional>
#include <vector>

#include "evenkeel/graph/parameter.hpp"

namespace evenkeel::roles {

/// Whether scalar_value can compute the operator.
[[nodiscard]] bool is_scalar_function(const Node& node);
/// Later inputs are bounds, ratios or types rather than operands (Clip, Dropout, Cast).
[[nodiscard]] bool reads_first_only(const Node& node);
/// Sum, product with or quotient by a constant, cast, copy.
[[nodiscard]] bool is_linear_step(const Node& node);
/// NaN where an argument that matters is NaN.
[[nodiscard]] double scalar_value(const Node& node, const std::vector<double>& arguments);
/// Compares with every known activation, fitting slope, width and frequency; "pointwise" where none fits, "none" where it is linear.
[[nodiscard]] Nonlinearity identify_function(const std::function<double(double)>& function);

}  // namespace evenkeel::roles
