// SPDX-License-Identifier: Apache-2.0
// One row per activation: everything the theory layer knows of it.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "evenkeel/theory/activation.hpp"

namespace evenkeel::theory {

inline constexpr std::size_t max_parameters = 2;
using Parameters = std::array<double, max_parameters>;

struct ActivationRow {
  std::string_view name;
  std::vector<std::string_view> parameter_names;
  Parameters defaults{};
  double (*value)(double x, const Parameters& p) = nullptr;
  double (*slope)(double x, const Parameters& p) = nullptr;
  std::vector<double> (*kinks)(const Parameters& p) = nullptr;  // null: smooth
  double (*scale)(const Parameters& p) = nullptr;               // width of its features in x; null: 1
  bool jumps = false;
  bool oscillates = false;  // features everywhere, not only near 0
};

/// Sorted by name.
[[nodiscard]] const std::vector<ActivationRow>& activation_table();
/// The row and its parameters with the defaults filled in. Throws invalid_argument for an unknown name or parameter.
struct ResolvedActivation {
  const ActivationRow* row = nullptr;
  Parameters parameters{};
};
[[nodiscard]] ResolvedActivation resolve(const Activation& activation);

}  // namespace evenkeel::theory
