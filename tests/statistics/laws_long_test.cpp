// SPDX-License-Identifier: Apache-2.0
// The same distances at 2^28 elements, where 1e-4 of mass in the wrong place would show, and the tails beyond 5 and 6 std.
#include <gtest/gtest.h>

#include "statistics/law_checks.hpp"

namespace evenkeel::test {
namespace {

constexpr std::int64_t count = std::int64_t{1} << 28;

TEST(long_laws, normal_and_its_tails) {
  const std::vector<double> limits{4, 5, 6};
  const Measured got = measure<float>(Normal{0, 1}, make_stream(4, "long"), count, limits);
  EXPECT_LT(got.distance, distance_limit);
  EXPECT_NEAR(got.mean, 0, 5 / std::sqrt(static_cast<double>(count)));
  EXPECT_NEAR(got.std, 1, 5 / std::sqrt(2.0 * count));
  for (std::size_t k = 0; k < limits.size(); ++k) {
    const double expected = 2 * count * phi_upper(limits[k]);
    EXPECT_NEAR(got.beyond[k], expected, 5 * std::sqrt(expected) + 3) << limits[k];
  }
}

TEST(long_laws, truncated_normals) {
  EXPECT_LT(measure<float>(TruncatedNormal{0, 1, -2, 2}, make_stream(4, "long"), count).distance, distance_limit);
  EXPECT_LT(measure<float>(TruncatedNormal{0, 1, -3, 3}, make_stream(4, "long"), count).distance, distance_limit);
  EXPECT_LT(measure<float>(TruncatedNormal{0, 1, 8, 9}, make_stream(4, "long"), count).distance, distance_limit);
}

}  // namespace
}  // namespace evenkeel::test
