// SPDX-License-Identifier: Apache-2.0
// Moments, distance from the exact law and tails at 2^22 elements. The limit of 5 standard errors has a false-alarm rate of 6e-7 per check;
// a std that is 1 % off is 29 standard errors away.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "statistics/law_checks.hpp"

namespace evenkeel::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t count = 1 << 22;

const Distribution laws[] = {Uniform{0, 1},
                             Uniform{-0.3, 0.3},
                             Normal{0, 1},
                             Normal{2, 0.02},
                             TruncatedNormal{0, 1, -2, 2},
                             TruncatedNormal{0, 0.02, -0.06, 0.06},
                             TruncatedNormal{0, 1, -0.5, 3},
                             TruncatedNormal{0, 1, 0, infinity},
                             TruncatedNormal{0, 1, 1, 1.5},
                             TruncatedNormal{0, 1, -3, -1},
                             TruncatedNormal{0, 1, 2, infinity},
                             TruncatedNormal{0, 1, 3, 4},
                             TruncatedNormal{0, 1, -9, -8},
                             TruncatedNormal{0, 1, 30, infinity},
                             LogUniform{1e-3, 0.1},
                             LogUniform{0.5, 2},
                             LogUniform{1, 1000},
                             LogUniform{7, 7.01}};

template <class Real>
void check_laws(Stream stream) {
  for (std::size_t i = 0; i < std::size(laws); ++i) {
    const Moments law = moments_of(laws[i]);
    const Measured got = measure<Real>(laws[i], stream, count);
    const double error = law.std / std::sqrt(static_cast<double>(count));
    EXPECT_NEAR(got.mean, law.mean, 5 * error) << "law " << i;
    // The fourth moment of the widest-tailed law here (an exponential) is 9 std^4: the error of a std is at most sqrt(2) std / sqrt(n).
    // Of laws far from 0 the squares lose 1e-3 of the std to cancellation; their distance is held below.
    if (law.std > 0.1 || law.mean < 3) { EXPECT_NEAR(got.std, law.std, 5 * 1.42 * error) << "law " << i; }
    EXPECT_LT(got.distance, distance_limit) << "law " << i;
    EXPECT_LT(got.anderson_darling, anderson_darling_limit) << "law " << i;
  }
}

TEST(laws, f32) { check_laws<float>(make_stream(1, "statistics")); }
TEST(laws, f64) { check_laws<double>(make_stream(2, "statistics")); }

TEST(laws, tails_of_the_normal) {
  const std::vector<double> limits{2, 3, 4, 5};
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Measured single = measure<float>(Normal{0, 1}, make_stream(seed, "tails"), count, limits);
    const Measured wide = measure<double>(Normal{0, 1}, make_stream(seed, "tails"), count, limits);
    for (std::size_t k = 0; k < limits.size(); ++k) {
      const double expected = 2 * count * phi_upper(limits[k]);
      EXPECT_NEAR(single.beyond[k], expected, 5 * std::sqrt(expected) + 3) << limits[k];
      EXPECT_NEAR(wide.beyond[k], expected, 5 * std::sqrt(expected) + 3) << limits[k];
    }
  }
}

// The checks themselves: a std that is 1 % off is seen by all of them.
TEST(laws, the_checks_see_a_small_error) {
  const Distribution wrong = Normal{0, 1.01};
  const Measured drawn = measure<float>(wrong, make_stream(1, "statistics"), count);
  EXPECT_GT(std::abs(drawn.std - 1), 10 / std::sqrt(2.0 * count));
  const auto right = share_of(Normal{0, 1});
  std::vector<std::int64_t> histogram(Bins::count, 0);
  std::vector<float> values(count);
  fill({.data = values.data(), .dtype = DType::f32, .shape = {count}, .strides = {}}, wrong, make_stream(1, "statistics"));
  for (const float value : values) ++histogram[Bins::of(right(static_cast<double>(value)))];
  Measured got;
  measure_distances(histogram, static_cast<double>(count), got);
  EXPECT_GT(got.distance, 1.5 * distance_limit);
  EXPECT_GT(got.anderson_darling, 3 * anderson_darling_limit);
}

TEST(laws, bins_of_probability) {
  EXPECT_EQ(Bins::edge(0), 0);
  EXPECT_EQ(Bins::edge(Bins::count), 1);
  for (int i = 0; i < Bins::count; ++i) {
    ASSERT_LT(Bins::edge(i), Bins::edge(i + 1)) << i;
    ASSERT_EQ(Bins::of(Bins::edge(i)), static_cast<std::size_t>(i));
    ASSERT_EQ(Bins::of((Bins::edge(i) + Bins::edge(i + 1)) / 2), static_cast<std::size_t>(i));
  }
  EXPECT_EQ(Bins::of(1), static_cast<std::size_t>(Bins::count - 1));
  for (std::size_t i = 0; i < std::size(laws); ++i) {
    const auto share = share_of(laws[i]);
    const Binning bins(laws[i]);
    std::vector<double> values(1 << 16);
    fill({.data = values.data(), .dtype = DType::f64, .shape = {1 << 16}, .strides = {}}, laws[i], make_stream(1, "bins"));
    for (const double x : values) ASSERT_EQ(bins.of(x), Bins::of(share(x))) << "law " << i << ' ' << x;
  }
}

}  // namespace
}  // namespace evenkeel::test
