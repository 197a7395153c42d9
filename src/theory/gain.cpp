// SPDX-License-Identifier: Apache-2.0
// Moments by quadrature over [-9.5, 9.5]; beyond lie 2e-21 of the mass.
#include "evenkeel/theory/gain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "theory/activation_table.hpp"
#include "theory/quadrature.hpp"

namespace evenkeel {
namespace {

constexpr double reach = 9.5;
constexpr int max_oscillation_panels = 1'000'000;

// Unit panels in z; kinks; panels that follow the features of the activation where they are narrower than a unit of z.
std::vector<double> edges_of(const theory::ResolvedActivation& resolved, double root_q) {
  const auto& row = *resolved.row;
  std::vector<double> edges{-reach, reach};
  for (int z = -9; z <= 9; ++z) { edges.push_back(z); }
  const double scale = (row.scale == nullptr ? 1 : row.scale(resolved.parameters)) / root_q;
  if (row.oscillates) {
    // 20 nodes carry phi^2 over 3 radians of phi to the last digit.
    const double panels = std::ceil(2 * reach / std::min(1.0, 3 * scale));
    if (!(panels <= max_oscillation_panels)) {
      fail(ErrorCode::unsupported, "moments_of: " + std::string(row.name) + " turns " + std::to_string(1 / scale) +
                                       " radians per standard deviation, too many to integrate; use a smaller q or omega");
    }
    for (int i = 1; i < panels; ++i) { edges.push_back(-reach + i * 2 * reach / panels); }
  } else if (scale < 1) {
    for (const double x : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40}) {
      edges.push_back(x * scale);
      edges.push_back(-x * scale);
    }
  }
  if (row.kinks != nullptr) {
    for (const double kink : row.kinks(resolved.parameters)) { edges.push_back(kink / root_q); }
  }
  std::erase_if(edges, [](double z) { return !(std::fabs(z) <= reach); });
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

double inverse_root(double value, const Activation& activation, const char* what) {
  if (!(value > 0)) { fail(ErrorCode::unsupported, std::string(what) + ": " + to_string(activation) + " has none, it is constant"); }
  return 1 / std::sqrt(value);
}

}  // namespace

ActivationMoments moments_of(const Activation& activation, double q) {
  const DefaultFloatingPoint environment;
  if (!(q > 0) || !std::isfinite(q)) {
    fail(ErrorCode::invalid_argument, "moments_of: expected a variance q > 0, got " + std::to_string(q));
  }
  const auto resolved = theory::resolve(activation);
  const double root_q = std::sqrt(q);
  ActivationMoments moments;
  theory::for_each_node(edges_of(resolved, root_q), [&](double z, double weight) {
    const double w = weight * theory::normal_weight(z);
    const double value = resolved.row->value(root_q * z, resolved.parameters);
    const double slope = resolved.row->slope(root_q * z, resolved.parameters);
    moments.mean += w * value;
    moments.second += w * value * value;
    moments.slope_second += w * slope * slope;
  });
  if (resolved.row->jumps) { moments.slope_second = std::numeric_limits<double>::infinity(); }
  return moments;
}

double forward_gain(const Activation& activation) {
  const DefaultFloatingPoint environment;
  return inverse_root(moments_of(activation).second, activation, "forward gain");
}

double backward_gain(const Activation& activation) {
  const DefaultFloatingPoint environment;
  if (theory::resolve(activation).row->jumps) {
    fail(ErrorCode::unsupported, "backward gain: not defined for " + to_string(activation) +
                                     ", which jumps (the mean squared slope is infinite); use the forward gain");
  }
  return inverse_root(moments_of(activation).slope_second, activation, "backward gain");
}

double centred_gain(const Activation& activation) {
  const DefaultFloatingPoint environment;
  const ActivationMoments moments = moments_of(activation);
  return inverse_root(moments.second - moments.mean * moments.mean, activation, "centred gain");
}

}  // namespace evenkeel
