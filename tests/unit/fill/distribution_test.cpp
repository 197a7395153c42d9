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

TEST(moments_of, refuses_what_is_no_law) {
  EXPECT_THROW(static_cast<void>(moments_of(TruncatedNormal{0, -1, -1, 1})), Error);
  EXPECT_THROW(static_cast<void>(moments_of(TruncatedNormal{0, 1, 1, -1})), Error);
}

}  // namespace
}  // namespace evenkeel
