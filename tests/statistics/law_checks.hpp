// SPDX-License-Identifier: Apache-2.0
// Sums and distances of long draws from their law. Seeds are fixed, so a check passes or fails for good; false-alarm rates tell how sharp
// it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {

inline double phi_upper(double x) { return std::erfc(x / std::sqrt(2.0)) / 2; }

/// The share of a law below x.
inline std::function<double(double)> share_of(const Distribution& law) {
  if (const auto* uniform = std::get_if<Uniform>(&law)) {
    return [=](double x) { return (x - uniform->low) / (uniform->high - uniform->low); };
  }
  if (const auto* normal = std::get_if<Normal>(&law)) return [=](double x) { return phi_upper((normal->mean - x) / normal->std); };
  const TruncatedNormal cut = std::get<TruncatedNormal>(law);
  // On the side of the bounds that is farther from the mean, so that tails do not cancel.
  const bool upper = cut.low + cut.high > 2 * cut.mean;
  return [=](double x) {
    const auto z = [&](double at) { return upper ? (at - cut.mean) / cut.std : (cut.mean - at) / cut.std; };
    const double low = phi_upper(z(cut.low));
    return (low - phi_upper(z(x))) / (low - phi_upper(z(cut.high)));
  };
}

struct Measured {
  double mean = 0, std = 0;
  double distance = 0;         // Kolmogorov-Smirnov distance at 2^12 points, times sqrt(count)
  std::vector<double> beyond;  // how many lie farther than each limit from 0
};

/// `count` elements of type f32 or f64, a multiple of 2^20.
template <class Real>
Measured measure(const Distribution& law, Stream stream, std::int64_t count, const std::vector<double>& limits = {}) {
  constexpr std::int64_t chunk = 1 << 20;
  constexpr int bins = 1 << 12;
  const std::function<double(double)> share = share_of(law);
  std::vector<Real> values(chunk);
  std::vector<std::int64_t> histogram(bins, 0);
  Measured result{.beyond = std::vector<double>(limits.size(), 0.0)};
  double sum = 0;
  double squares = 0;
  for (std::int64_t at = 0; at < count; at += chunk) {
    const View view{.global = {count}, .strides = {1}, .offset = at};
    fill({.data = values.data(), .dtype = sizeof(Real) == 8 ? DType::f64 : DType::f32, .shape = {chunk}, .strides = {}}, law, stream,
         {.view = view});
    for (const Real value : values) {
      const double x = static_cast<double>(value);
      sum += x;
      squares += x * x;
      ++histogram[static_cast<std::size_t>(std::clamp(share(x) * bins, 0.0, bins - 1.0))];
      for (std::size_t k = 0; k < limits.size(); ++k) result.beyond[k] += std::abs(x) > limits[k];
    }
  }
  const double n = static_cast<double>(count);
  result.mean = sum / n;
  result.std = std::sqrt(squares / n - result.mean * result.mean);
  double below = 0;
  for (int k = 0; k < bins; ++k) {
    below += static_cast<double>(histogram[static_cast<std::size_t>(k)]);
    result.distance = std::max(result.distance, std::abs(below / n - (k + 1.0) / bins) * std::sqrt(n));
  }
  return result;
}

// P(distance > 2.5) = 2 exp(-2 * 2.5^2) = 7e-6 per check. A std that is 1 % off gives 0.0024 sqrt(count): 5 at 2^22.
constexpr double distance_limit = 2.5;

}  // namespace evenkeel::test
