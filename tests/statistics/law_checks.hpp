// SPDX-License-Identifier: Apache-2.0
// Sums and distances of long draws from their law. Seeds are fixed, so a check passes or fails for good; false-alarm rates tell how sharp
// it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {

inline double phi_upper(double x) { return std::erfc(x / std::sqrt(2.0)) / 2; }

/// The share of a law below x.
inline std::function<double(double)> share_of(const Distribution& law) {
  if (const auto* uniform = std::get_if<Uniform>(&law)) {
    return [=](double x) { return (x - uniform->low) / (uniform->high - uniform->low); };
  }
  if (const auto* octaves = std::get_if<LogUniform>(&law)) {
    return [=](double x) { return std::log(x / octaves->low) / std::log(octaves->high / octaves->low); };
  }
  if (const auto* normal = std::get_if<Normal>(&law)) return [=](double x) { return phi_upper((normal->mean - x) / normal->std); };
  const TruncatedNormal cut = std::get<TruncatedNormal>(law);
  // On the side of the bounds that is farther from the mean, so that tails do not cancel.
  const bool upper = cut.low + cut.high > 2 * cut.mean;
  const auto z = [=](double at) { return upper ? (at - cut.mean) / cut.std : (cut.mean - at) / cut.std; };
  const double low = phi_upper(z(cut.low));
  const double mass = low - phi_upper(z(cut.high));
  return [=](double x) { return (low - phi_upper(z(x))) / mass; };
}

/// Bins of probability: 2^12 equal ones, the outermost of which are halved again and again down to 2^-32, so that tails count too.
class Bins {
 public:
  static constexpr int equal = 1 << 12;
  static constexpr int halvings = 20;
  static constexpr int count = equal - 2 + 2 * (halvings + 1);

  static std::size_t of(double share) {
    const double least = 1.0 / equal;
    if (share < least) return static_cast<std::size_t>(halvings - std::min(halvings, depth(share)));
    if (share >= 1 - least) {
      const double rest = std::nextafter(1 - share, 0.0);  // bins end below their upper edge
      return static_cast<std::size_t>(count - 1 - halvings + std::min(halvings, depth(rest)));
    }
    return static_cast<std::size_t>(halvings) + static_cast<std::size_t>(share * equal);
  }
  /// The share below bin i.
  static double edge(int i) {
    if (i <= halvings) return i == 0 ? 0 : std::ldexp(1.0 / equal, i - 1 - halvings);
    if (i >= count - 1 - halvings) return i == count ? 1 : 1 - std::ldexp(1.0 / equal, count - 1 - halvings - i);
    return static_cast<double>(i - halvings) / equal;
  }

 private:
  // How often 1/equal has to be halved to come down to `share`.
  static int depth(double share) { return share <= 0 ? halvings : -std::ilogb(share) - 13; }
};

/// The same bins over values of a law: their edges are its quantiles, so that a value costs a look-up, not an erfc.
class Binning {
 public:
  explicit Binning(const Distribution& law) {
    const std::function<double(double)> share = share_of(law);
    const auto [low, high] = range_of(law);
    edges_.front() = -std::numeric_limits<double>::infinity();
    edges_.back() = std::numeric_limits<double>::infinity();
    for (int i = 1; i < Bins::count; ++i) edges_[static_cast<std::size_t>(i)] = least(share, Bins::edge(i), low, high);
    first_ = edges_[1];
    scale_ = cells / (edges_[Bins::count - 1] - first_);
    // From the cell before, so that rounding cannot start beyond a value's bin.
    for (std::size_t cell = 0, bin = 0; cell < starts_.size(); ++cell) {
      while (edges_[bin + 1] <= first_ + (static_cast<double>(cell) - 1) / scale_) ++bin;
      starts_[cell] = bin;
    }
  }

  [[nodiscard]] std::size_t of(double x) const {
    const double cell = std::clamp((x - first_) * scale_, 0.0, cells - 1.0);
    std::size_t bin = cell == 0 ? 0 : starts_[static_cast<std::size_t>(cell)];
    while (x >= edges_[bin + 1]) ++bin;
    return bin;
  }

 private:
  static constexpr int cells = 1 << 14;

  // Where all of a law lies, up to 1e-300.
  static std::pair<double, double> range_of(const Distribution& law) {
    if (const auto* uniform = std::get_if<Uniform>(&law)) return {uniform->low, uniform->high};
    if (const auto* normal = std::get_if<Normal>(&law)) return {normal->mean - 40 * normal->std, normal->mean + 40 * normal->std};
    if (const auto* octaves = std::get_if<LogUniform>(&law)) return {octaves->low, octaves->high};
    const TruncatedNormal cut = std::get<TruncatedNormal>(law);
    return {std::max(cut.low, cut.mean - 40 * cut.std), std::min(cut.high, cut.mean + 40 * cut.std)};
  }
  // The least x with share(x) >= wanted.
  static double least(const std::function<double(double)>& share, double wanted, double low, double high) {
    for (;;) {
      const double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) return high;
      (share(middle) >= wanted ? high : low) = middle;
    }
  }

  std::vector<double> edges_ = std::vector<double>(Bins::count + 1);
  std::vector<std::size_t> starts_ = std::vector<std::size_t>(cells);
  double first_ = 0, scale_ = 1;
};

struct Measured {
  double mean = 0, std = 0;
  double distance = 0;          // Kolmogorov-Smirnov distance at the edges of the bins, times sqrt(count)
  double anderson_darling = 0;  // A^2 over the same edges
  std::vector<double> beyond;   // how many lie farther than each limit from 0
};

inline void measure_distances(const std::vector<std::int64_t>& histogram, double n, Measured& result) {
  double below = 0;
  for (int k = 0; k + 1 < Bins::count; ++k) {
    below += static_cast<double>(histogram[static_cast<std::size_t>(k)]);
    const double share = Bins::edge(k + 1);
    const double gap = below / n - share;
    const double width = (Bins::edge(k + 2) - Bins::edge(k)) / 2;
    result.distance = std::max(result.distance, std::abs(gap) * std::sqrt(n));
    result.anderson_darling += n * gap * gap / (share * (1 - share)) * width;
  }
}

/// `count` elements of type f32 or f64, a multiple of 2^20.
template <class Real>
Measured measure(const Distribution& law, Stream stream, std::int64_t count, const std::vector<double>& limits = {}) {
  constexpr std::int64_t chunk = 1 << 20;
  const Binning bins(law);
  std::vector<Real> values(chunk);
  std::vector<std::int64_t> histogram(Bins::count, 0);
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
      ++histogram[bins.of(x)];
      for (std::size_t k = 0; k < limits.size(); ++k) result.beyond[k] += std::abs(x) > limits[k];
    }
  }
  const double n = static_cast<double>(count);
  result.mean = sum / n;
  result.std = std::sqrt(squares / n - result.mean * result.mean);
  measure_distances(histogram, n, result);
  return result;
}

// P(distance > 2.5) = 2 exp(-2 * 2.5^2) = 7e-6 per check. A std that is 1 % off gives 0.0024 sqrt(count): 5 at 2^22.
constexpr double distance_limit = 2.5;

// P(A^2 > 13) = sqrt(3) erfc(sqrt(13)) = 6e-7 per check: A^2 is a sum of Z_j^2 / (j (j + 1)), and its first term decides the tail.
constexpr double anderson_darling_limit = 13;

}  // namespace evenkeel::test
