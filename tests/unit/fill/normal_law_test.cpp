// SPDX-License-Identifier: Apache-2.0
// The f64 normal law of the bounds against the C library in long double; and the quantiles of the kernels put back through it.
#include "fill/normal_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "evenkeel/rng/philox.hpp"
#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

using Long = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();
const Long root_half = std::sqrt(Long{0.5});

Long tail(Long x) { return std::erfc(x * root_half) / 2; }
double relative(double got, Long expected) { return static_cast<double>(std::abs((static_cast<Long>(got) - expected) / expected)); }

TEST(normal_law, against_the_c_library) {
  for (double x = 0.001; x < 37; x += 0.0137) {
    EXPECT_LT(relative(centred_phi(x), std::erf(x * root_half) / 2), 5e-16) << x;
    EXPECT_EQ(centred_phi(-x), -centred_phi(x));
    EXPECT_LT(relative(upper_tail(x), tail(x)), x < 2.125 ? 4e-15 : 2e-15) << x;
    EXPECT_LT(relative(exp_minus(x * 19), std::exp(-static_cast<Long>(x * 19))), 4e-16) << x;
    EXPECT_LT(relative(one_minus_exp_minus(x), -std::expm1(-Long{1} * x)), 5e-16) << x;
    EXPECT_LT(std::abs(natural_log(x) - static_cast<double>(std::log(Long{1} * x))), 4e-16 * std::max(1.0, std::abs(std::log(x)))) << x;
  }
  EXPECT_LT(relative(centred_phi(1e-300), 1e-300L / std::sqrt(2 * std::acos(Long{-1}))), 3e-16);
  EXPECT_EQ(upper_tail(infinity), 0);
  EXPECT_EQ(upper_tail(-infinity), 1);
  EXPECT_EQ(centred_phi(infinity), 0.5);
  EXPECT_EQ(exp_minus(infinity), 0);
}

TEST(normal_law, drop_of_the_tail) {
  for (const auto& [from, to] : {std::pair{2.125, 2.5}, {8.0, 9.0}, {3.0, 12.0}, {8.0, 8.0001}}) {
    EXPECT_LT(relative(tail_drop(from, to), std::log(tail(from) / tail(to))), 2e-11) << from;
  }
  EXPECT_EQ(tail_drop(3, infinity), infinity);
}

// u = (word + 1/2) / 2^32 is put against the law's own probability of the value: the error is a probability, of the whole window 1.
TEST(normal_law, values_are_the_quantiles_of_their_words) {
  const Stream stream = make_stream(9, "quantile");
  const struct {
    double low, high, tolerance;
  } windows[] = {{-2, 2, 2e-7},       {-3, 3, 2e-7}, {-8, 8, 2e-7},  {-0.5, 3, 2e-7},    {0, infinity, 3e-7},  {1, 1.5, 2e-6},
                 {3, infinity, 1e-6}, {8, 9, 1e-5},  {-9, -8, 1e-5}, {2.125, 2.5, 2e-6}, {-infinity, -1, 1e-6}};
  for (const auto& window : windows) {
    // Below the mean by symmetry, so that tails never cancel.
    const bool lower = window.low + window.high < 0;
    const double low = lower ? -window.high : window.low;
    const double high = lower ? -window.low : window.high;
    const std::vector<double> values = filled(20'000, DType::f32, TruncatedNormal{0, 1, window.low, window.high}, stream);
    double worst = 0;
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      const auto words =
          philox4x32({i / 4, 0, static_cast<std::uint32_t>(stream.name), static_cast<std::uint32_t>(stream.name >> 32)}, {9, 0});
      const Long u = (words[i % 4] + Long{0.5}) * 0x1p-32L;
      const Long x = lower ? -values[i] : values[i];
      const Long got = (tail(low) - tail(x)) / (tail(low) - tail(high));
      worst = std::max(worst, static_cast<double>(std::abs(got - (lower ? 1 - u : u))));
    }
    EXPECT_LT(worst, window.tolerance) << window.low << ' ' << window.high;
  }
}

// Bounds that kernels cannot resolve are uniform; their density is flat to the same accuracy.
TEST(normal_law, narrow_windows) {
  const Stream stream = make_stream(9, "narrow");
  for (const TruncatedNormal& law : {TruncatedNormal{0, 1e6, -1, 1}, TruncatedNormal{-1, 1, 0, 1e-6}, TruncatedNormal{0, 1, 5, 5.00003},
                                     TruncatedNormal{0, 1e300, -1, 1}, TruncatedNormal{-3e4, 1, 0, 1e-9}}) {
    const std::vector<double> values = filled(1 << 16, DType::f64, law, stream);
    double mean = 0;
    for (const double value : values) mean += (value - law.low) / (law.high - law.low) / (1 << 16);
    EXPECT_NEAR(mean, 0.5, 5 * 0.2887 / 256);
  }
}

}  // namespace
}  // namespace evenkeel::test
