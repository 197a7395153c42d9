// SPDX-License-Identifier: Apache-2.0
// Mean and std of a law. The truncated normal by Gauss-Legendre quadrature around its densest point: closed forms cancel for narrow or far
// bounds.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/fill/distribution.hpp"
#include "fill/normal_law.hpp"

namespace evenkeel {
namespace {

struct Node {
  double x, weight;
};

// 16 points on [-1, 1]; the other eight are their mirror images.
constexpr std::array<Node, 8> nodes = {{{0x1.fa92c264d787ep-1, 0x1.bcddab4b7c211p-6},
                                        {0x1.e39f56616f9b0p-1, 0x1.fdfb1a2c1265dp-5},
                                        {0x1.bb3403514e483p-1, 0x1.85c4ee79cc258p-4},
                                        {0x1.82c45dda4726bp-1, 0x1.fe7af2bad386ap-4},
                                        {0x1.3c5a466d5e8b8p-1, 0x1.325f61bca3cbfp-3},
                                        {0x1.d50259a43a772p-2, 0x1.5a6ebbb5a75fcp-3},
                                        {0x1.205cae642337cp-2, 0x1.75f8c77e0c00fp-3},
                                        {0x1.852bd6676a9f9p-4, 0x1.83feae80e4dfcp-3}}};
constexpr int panels = 32;
constexpr double negligible = 46;  // exp(-46) = 1e-20

struct Sums {
  double mass = 0, first = 0, second = 0;

  void add(double t, double density) {
    mass += density;
    first += density * t;
    second += density * t * t;
  }
  Sums& operator+=(const Sums& other) {
    mass += other.mass;
    first += other.first;
    second += other.second;
    return *this;
  }
};

// Integrals of density(centre + t) / density(centre) times 1, t, t^2 from t = 0 to `reach` (of either sign); centre * reach >= 0.
Sums integrate(double centre, double reach) {
  const double sign = reach < 0 ? -1 : 1;
  const double slope = std::abs(centre);
  const double useful = 2 * negligible / (slope + std::sqrt(slope * slope + 2 * negligible));
  const double half = std::min(std::abs(reach), useful) / (2 * panels);
  Sums sums;
  for (int panel = panels - 1; panel >= 0; --panel) {  // small terms first
    Sums part;
    for (const Node& node : nodes) {
      for (const double x : {-node.x, node.x}) {
        const double t = half * (2 * panel + 1 + x);
        part.add(sign * t, half * node.weight * exp_minus(t * (slope + t / 2)));
      }
    }
    sums += part;
  }
  return sums;
}

Moments moments_of_truncated(const TruncatedNormal& law) {
  if (!std::isfinite(law.mean) || !std::isfinite(law.std) || law.std < 0 || !(law.low <= law.high)) {
    fail(ErrorCode::invalid_argument, "moments_of: expected a finite mean, a finite std >= 0 and low <= high");
  }
  if (law.low == law.high || law.std == 0) return {std::clamp(law.mean, law.low, law.high), 0};
  const double low = (law.low - law.mean) / law.std;
  const double high = (law.high - law.mean) / law.std;
  const double centre = std::clamp(0.0, low, high);
  Sums sums;
  if (high > centre) sums = integrate(centre, high - centre);
  if (low < centre) sums += integrate(centre, low - centre);
  const double shift = sums.first / sums.mass;
  const double origin = centre == low ? law.low : (centre == high ? law.high : law.mean);
  return {origin + law.std * shift, law.std * std::sqrt(sums.second / sums.mass - shift * shift)};
}

// With l = ln(high/low) and r = low/high: mean = high (1 - r)/l, variance = mean high ((1 + r)/2 - (1 - r)/l). The difference is the series
// sqrt(r) sum (l/2)^2k 2k/(2k + 1)! where it would cancel.
Moments moments_of_log_uniform(const LogUniform& law) {
  if (!std::isfinite(law.high) || !(law.low > 0) || law.low > law.high) {
    fail(ErrorCode::invalid_argument, "moments_of: expected finite bounds with 0 < low <= high");
  }
  if (law.low == law.high) return {law.low, 0};
  const BinaryLog first = binary_log(law.low);
  const BinaryLog last = binary_log(law.high);
  constexpr double ln2 = 0x1.62e42fefa39efp-1;
  const double width = law.high - law.low;
  const double log_ratio =
      width <= law.low / 3 ? log_one_plus(width / law.low) : (last.whole - first.whole) * ln2 + (last.part - first.part) * ln2;
  const double ratio = law.low / law.high;
  const double mean = width / law.high / log_ratio;  // in units of high
  double difference = (1 + ratio) / 2 - mean;
  if (log_ratio < 1) {
    const double square = log_ratio * log_ratio / 4;
    double term = 1;  // square^k / (2k + 1)!
    double sum = 0;
    for (int k = 1; k <= 9; ++k) {
      term *= square / (2 * k * (2 * k + 1));
      sum += 2 * k * term;
    }
    difference = std::sqrt(ratio) * sum;
  }
  return {law.high * mean, law.high * std::sqrt(mean * difference)};
}

struct Visitor {
  Moments operator()(const Constant& law) const { return {law.value, 0}; }
  // Halved first, so that no interval of finite bounds overflows.
  Moments operator()(const Uniform& law) const { return {law.low / 2 + law.high / 2, (law.high / 2 - law.low / 2) / std::sqrt(3.0)}; }
  Moments operator()(const Normal& law) const { return {law.mean, law.std}; }
  Moments operator()(const TruncatedNormal& law) const { return moments_of_truncated(law); }
  Moments operator()(const LogUniform& law) const { return moments_of_log_uniform(law); }
};

}  // namespace

Moments moments_of(const Distribution& distribution) {
  const DefaultFloatingPoint environment;
  return std::visit(Visitor{}, distribution);
}

}  // namespace evenkeel
