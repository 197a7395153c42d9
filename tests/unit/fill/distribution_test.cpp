// SPDX-License-Identifier: Apache-2.0
// Moments of laws against values with 17 digits (mpmath) and against closed forms.
#include "evenkeel/fill/distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(moments_of, simple_laws) {
  EXPECT_EQ(moments_of(Constant{3}).mean, 3);
  EXPECT_EQ(moments_of(Constant{3}).std, 0);
  EXPECT_EQ(moments_of(Normal{1, 2}).std, 2);
  EXPECT_EQ(moments_of(Uniform{-1, 3}).mean, 1);
  EXPECT_DOUBLE_EQ(moments_of(Uniform{-1, 3}).std, 4 / std::sqrt(12.0));
}

TEST(moments_of, symmetric_truncation) {
  const struct {
    double bound, ratio;
  } rows[] = {
      {1, 0.53956009375489697}, {2, 0.87962566103423975}, {2.5, 0.95459748634458070}, {3, 0.98657839255810862}, {4, 0.99946450180707960}};
  for (const auto& row : rows) {
    const Moments moments = moments_of(TruncatedNormal{0.5, 3, 0.5 - 3 * row.bound, 0.5 + 3 * row.bound});
    EXPECT_NEAR(moments.std / 3, row.ratio, 6e-16) << row.bound;
    EXPECT_NEAR(moments.mean, 0.5, 1e-15);
  }
}

TEST(moments_of, one_sided_far_narrow_and_infinite) {
  const Moments half = moments_of(TruncatedNormal{0, 1, 0, infinity});
  EXPECT_NEAR(half.mean, std::sqrt(2 / std::acos(-1.0)), 1e-15);
  EXPECT_NEAR(half.std, std::sqrt(1 - 2 / std::acos(-1.0)), 1e-15);
  const Moments all = moments_of(TruncatedNormal{2, 3, -infinity, infinity});
  EXPECT_NEAR(all.mean, 2, 1e-14);
  EXPECT_NEAR(all.std, 3, 1e-14);
  const Moments far = moments_of(TruncatedNormal{0, 1, 8, 9});
  EXPECT_NEAR(far.mean, 8.1211889929797971, 1e-13);
  EXPECT_NEAR(far.std, 0.11894764723502567, 1e-13);
  const Moments mirrored = moments_of(TruncatedNormal{0, 1, -9, -8});
  EXPECT_EQ(mirrored.mean, -far.mean);
  EXPECT_EQ(mirrored.std, far.std);
  const Moments narrow = moments_of(TruncatedNormal{0, 1, 1, 1 + 0x1p-30});
  EXPECT_NEAR(narrow.std / (0x1p-30 / std::sqrt(12.0)), 1, 1e-9);
  EXPECT_EQ(moments_of(TruncatedNormal{0, 0, -1, 1}).std, 0);
}

// mean = (b - a) / ln(b/a), E x^2 = (b^2 - a^2) / (2 ln(b/a)), with 40 digits.
TEST(moments_of, log_uniform) {
  const struct {
    double low, high, mean, std;
  } rows[] = {
      {0.001, 0.1, 0.021497576854210967, 0.024969617949318864},     {0.5, 2.0, 1.0820212806667226, 0.42632915572096264},
      {1.0, 1.3, 1.1434484060125205, 0.08655293005915346},          {1.0, 1 + 0x1p-30, 1.0000000004656613, 2.6884966957831092e-10},
      {7.0, 7.01, 7.004998810373381, 0.0028867512969237018},        {1e-300, 1e+300, 7.2382413650541975e+296, 1.9010211647220608e+298},
      {1.0, 2.7, 1.7115499274144256, 0.4867896996489983},           {1.0, 2.8, 1.7482187786706199, 0.51511822077808873},
      {0.001, 0.002, 0.0014426950408889634, 0.00028753013812092345}};
  for (const auto& row : rows) {
    const Moments moments = moments_of(LogUniform{row.low, row.high});
    EXPECT_NEAR(moments.mean / row.mean, 1, 1e-15) << row.low;
    EXPECT_NEAR(moments.std / row.std, 1, 4e-15) << row.low;
  }
  EXPECT_EQ(moments_of(LogUniform{3, 3}).mean, 3);
  EXPECT_EQ(moments_of(LogUniform{3, 3}).std, 0);
}

TEST(moments_of, refuses_what_is_no_law) {
  EXPECT_THROW(static_cast<void>(moments_of(LogUniform{0, 1})), Error);
  EXPECT_THROW(static_cast<void>(moments_of(LogUniform{2, 1})), Error);
  EXPECT_THROW(static_cast<void>(moments_of(LogUniform{2, infinity})), Error);
  EXPECT_THROW(static_cast<void>(moments_of(TruncatedNormal{0, -1, -1, 1})), Error);
  EXPECT_THROW(static_cast<void>(moments_of(TruncatedNormal{0, 1, 1, -1})), Error);
}

}  // namespace
}  // namespace evenkeel
