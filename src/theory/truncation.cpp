// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/theory/truncation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/elementary.hpp"
#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "theory/quadrature.hpp"

namespace evenkeel {

TruncatedMoments truncated_moments(double lower, double upper) {
  const DefaultFloatingPoint environment;
  if (!(lower < upper) || !std::isfinite(lower) || !std::isfinite(upper)) {
    fail(ErrorCode::invalid_argument,
         "truncated_moments: expected lower < upper, got " + std::to_string(lower) + " and " + std::to_string(upper));
  }
  // Weights relative to the densest point of the interval, so that far tails do not underflow.
  const double peak = std::clamp(0.0, lower, upper);
  std::vector<double> edges;
  const double panels = std::clamp(std::ceil(2 * (upper - lower)), 4.0, 400.0);
  for (int i = 0; i <= panels; ++i) { edges.push_back(lower + (upper - lower) * i / panels); }
  const auto density = [&](double z) { return elementary::exp(-0.5 * (z - peak) * (z + peak)); };
  double mass = 0;
  double first = 0;
  theory::for_each_node(edges, [&](double z, double weight) {
    mass += weight * density(z);
    first += weight * density(z) * z;
  });
  const double mean = first / mass;
  double second = 0;
  double fourth = 0;
  theory::for_each_node(edges, [&](double z, double weight) {
    const double square = (z - mean) * (z - mean);
    second += weight * density(z) * square;
    fourth += weight * density(z) * square * square;
  });
  const double variance = second / mass;
  return {mean, std::sqrt(variance), fourth / mass / (variance * variance)};
}

double truncated_complex_std(double modulus) {
  const DefaultFloatingPoint environment;
  if (!(modulus > 0)) {
    fail(ErrorCode::invalid_argument, "truncated_complex_std: expected a modulus > 0, got " + std::to_string(modulus));
  }
  const double square = modulus * modulus;
  return std::sqrt(1 - square * elementary::exp(-square) / -elementary::expm1(-square));
}

}  // namespace evenkeel
