// SPDX-License-Identifier: Apache-2.0
#include "theory/quadrature.hpp"
#include "base/elementary.hpp"

#include <cmath>
#include <numbers>

namespace evenkeel::theory {
namespace {

// Newton on the Legendre polynomial from Tricomi's first guess; weights 2 / ((1 - x^2) P'(x)^2).
GaussRule make_rule() {
  constexpr int n = static_cast<int>(GaussRule::size);
  GaussRule rule;
  for (int i = 0; i < n; ++i) {
    double x = elementary::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
    double slope = 0;
    for (int step = 0; step < 20; ++step) {
      double previous = 1;
      double value = x;
      for (int k = 2; k <= n; ++k) {
        const double next = ((2 * k - 1) * x * value - (k - 1) * previous) / k;
        previous = value;
        value = next;
      }
      slope = n * (x * value - previous) / (x * x - 1);
      const double change = value / slope;
      x -= change;
      if (std::fabs(change) < 1e-16) { break; }
    }
    rule.nodes[static_cast<std::size_t>(i)] = x;
    rule.weights[static_cast<std::size_t>(i)] = 2 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

}  // namespace

const GaussRule& gauss_rule() {
  static const GaussRule rule = make_rule();
  return rule;
}

double normal_weight(double z) noexcept { return 0.39894228040143267794 * elementary::exp(-0.5 * z * z); }

}  // namespace evenkeel::theory
