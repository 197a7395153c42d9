// SPDX-License-Identifier: Apache-2.0
// Composite Gauss-Legendre, 20 nodes per panel: panels end at kinks, so every piece is smooth.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace evenkeel::theory {

struct GaussRule {
  static constexpr std::size_t size = 20;
  std::array<double, size> nodes{};  // in (-1, 1)
  std::array<double, size> weights{};
};
[[nodiscard]] const GaussRule& gauss_rule();

/// Calls visit(z, weight) for all nodes of the panels between the sorted edges.
template <class Visit>
void for_each_node(const std::vector<double>& edges, Visit&& visit) {
  const GaussRule& rule = gauss_rule();
  for (std::size_t panel = 0; panel + 1 < edges.size(); ++panel) {
    const double middle = 0.5 * (edges[panel] + edges[panel + 1]);
    const double half = 0.5 * (edges[panel + 1] - edges[panel]);
    for (std::size_t i = 0; i < GaussRule::size; ++i) { visit(middle + half * rule.nodes[i], half * rule.weights[i]); }
  }
}

/// N(0, 1) density.
[[nodiscard]] double normal_weight(double z) noexcept;

}  // namespace evenkeel::theory
