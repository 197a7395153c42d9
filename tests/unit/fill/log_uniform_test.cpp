// SPDX-License-Identifier: Apache-2.0
// The log-uniform law against the C library in long double: every value is low (high/low)^u of its word, to about a last place.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "evenkeel/rng/philox.hpp"
#include "fill/normal_law.hpp"
#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

using Long = long double;
const Stream stream = make_stream(9, "octaves");

// Words of element i, f32 from the stream itself, f64 from its substream.
Long share_of_word(std::uint32_t i, bool f64) {
  const Stream source = f64 ? substream(stream, "f64") : stream;
  const auto words =
      philox4x32({f64 ? i / 2 : i / 4, 0, static_cast<std::uint32_t>(source.name), static_cast<std::uint32_t>(source.name >> 32)}, {9, 0});
  if (!f64) return (words[i % 4] + Long{0.5}) * 0x1p-32L;
  const std::uint64_t word = words[i % 2 * 2] | static_cast<std::uint64_t>(words[i % 2 * 2 + 1]) << 32;
  return static_cast<Long>(word) * 0x1p-64L + 0x1p-65L;
}

// Largest distance from the exact value, in last places of it.
Long worst_error(DType dtype, double low, double high) {
  const bool f64 = dtype == DType::f64;
  const int digits = f64 ? 53 : 24;
  const int least = f64 ? -1074 : -149;
  const std::vector<double> values = filled(20'000, dtype, LogUniform{low, high}, stream);
  const Long first = std::log2(static_cast<Long>(low));
  const Long octaves = std::log2(static_cast<Long>(high)) - first;
  Long worst = 0;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const Long exact = std::exp2(first + octaves * share_of_word(i, f64));
    const Long place = std::ldexp(Long{1}, std::max(std::ilogb(exact) - digits + 1, least));
    worst = std::max(worst, std::abs(static_cast<Long>(values[i]) - exact) / place);
  }
  return worst;
}

TEST(log_uniform, values_are_the_quantiles_of_their_words) {
  for (const auto& [low, high] : {std::pair{1e-3, 0.1}, {0.5, 2.0}, {1.0, 1.001}, {3.0, 4.5e7}, {1e-44, 1e-37}, {1e-30, 1e30}}) {
    EXPECT_LT(worst_error(DType::f32, low, high), 1) << low << ' ' << high;
    EXPECT_LT(worst_error(DType::f64, low, high), 1.1) << low << ' ' << high;
  }
  EXPECT_LT(worst_error(DType::f32, 0x1p-149, 3e38), 1);
  // The judge itself is good to 1 only here: its logarithm has 11 bits before the point.
  EXPECT_LT(worst_error(DType::f64, 0x1p-1074, 1e308), 2.5);
  EXPECT_LT(worst_error(DType::f64, 0x1p-1074, 1e-312), 1);
}

TEST(log_uniform, every_octave_is_equally_likely) {
  int octave[8] = {};
  for (const double value : filled(1 << 16, DType::f32, LogUniform{1, 256}, stream)) ++octave[std::ilogb(value)];
  // A standard error is 84 of 8192; 5 of them have a false-alarm rate of 5e-6 for the eight.
  for (const int count : octave) EXPECT_NEAR(count, 8192, 5 * 84.7);
}

TEST(log_uniform, logarithms_of_any_positive_number) {
  for (const double x :
       {1.0, 0.1, 3.0, 1e300, 1e-300, 0x1p-1074, 0x1.8p-1060, 0x1.fffffffffffffp1023, 0x1.5555555555555p0, 0x1.5555555555556p-1}) {
    const BinaryLog log = binary_log(x);
    EXPECT_EQ(log.whole, std::floor(log.whole));
    EXPECT_TRUE(-0.59 <= log.part && log.part < 0.42) << x;
    EXPECT_NEAR(static_cast<double>(std::log2(static_cast<Long>(x)) - static_cast<Long>(log.whole) - static_cast<Long>(log.part)), 0,
                1.2e-16)
        << x;
  }
  for (const double t : {1e-20, -1e-20, 0.1, -0.3, 0.33}) EXPECT_NEAR(log_one_plus(t) / std::log1p(t), 1, 5e-16);
}

}  // namespace
}  // namespace evenkeel::test
