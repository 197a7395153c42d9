// SPDX-License-Identifier: Apache-2.0
// Laws at 2^27 elements and more, where 1e-4 of mass in the wrong place would show: moments, Kolmogorov-Smirnov and Anderson-Darling
// distances from the exact law, tails. Each check stands with its false-alarm rate in law_checks.hpp or beside it; all together raise a
// false alarm with probability 2e-4 - once, for the seeds are fixed.
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <ostream>

#include "statistics/law_checks.hpp"

namespace evenkeel::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t count = std::int64_t{1} << 27;

struct Case {
  const char* name;
  Distribution law;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case cases[] = {{"uniform", Uniform{0, 1}},
                      {"symmetric_uniform", Uniform{-0.3, 0.3}},
                      {"normal", Normal{0, 1}},
                      {"shifted_normal", Normal{2, 0.02}},
                      {"two_sigma", TruncatedNormal{0, 1, -2, 2}},
                      {"three_sigma", TruncatedNormal{0, 0.02, -0.06, 0.06}},
                      {"half_normal", TruncatedNormal{0, 1, 0, infinity}},
                      {"asymmetric", TruncatedNormal{0.1, 0.5, -0.3, 0.9}},
                      {"one_side", TruncatedNormal{0, 1, 1, 1.5}},
                      {"lower_side", TruncatedNormal{0, 1, -3, -1}},
                      {"far", TruncatedNormal{0, 1, 8, 9}},
                      {"far_open", TruncatedNormal{0, 1, -infinity, -5}},
                      {"log_uniform", LogUniform{1e-3, 0.1}}};

class LongLaws : public testing::TestWithParam<Case> {};

// 5 standard errors: 6e-7. A std that is 1 % off is 164 of them away.
template <class Real>
void check(const Distribution& law, Stream stream) {
  const Measured got = measure<Real>(law, stream, count);
  const Moments exact = moments_of(law);
  const double error = exact.std / std::sqrt(static_cast<double>(count));
  EXPECT_NEAR(got.mean, exact.mean, 5 * error);
  if (exact.std > 0.1 || std::abs(exact.mean) < 3) { EXPECT_NEAR(got.std, exact.std, 5 * 1.42 * error); }  // else the squares cancel
  EXPECT_LT(got.distance, distance_limit);
  EXPECT_LT(got.anderson_darling, anderson_darling_limit);
  std::printf("  %s: mean %+.2f and std %+.2f standard errors off, KS %.2f, A^2 %.2f\n", sizeof(Real) == 8 ? "f64" : "f32",
              (got.mean - exact.mean) / error, (got.std - exact.std) / error, got.distance, got.anderson_darling);
}

TEST_P(LongLaws, f32) { check<float>(GetParam().law, make_stream(4, "long")); }
TEST_P(LongLaws, f64) { check<double>(GetParam().law, make_stream(5, "long")); }

INSTANTIATE_TEST_SUITE_P(Laws, LongLaws, testing::ValuesIn(cases), [](const auto& info) { return info.param.name; });

// How many of `elements` normals lie beyond each limit; nothing else, so that numbers in the thousands of millions are affordable.
template <class Real>
std::vector<double> tails(Stream stream, std::int64_t elements, const std::vector<double>& limits) {
  constexpr std::int64_t chunk = 1 << 20;
  std::vector<Real> values(chunk);
  std::vector<std::int64_t> beyond(limits.size(), 0);
  for (std::int64_t at = 0; at < elements; at += chunk) {
    const View view{.global = {elements}, .strides = {1}, .offset = at};
    fill({.data = values.data(), .dtype = sizeof(Real) == 8 ? DType::f64 : DType::f32, .shape = {chunk}, .strides = {}}, Normal{}, stream,
         {.view = view});
    std::int64_t outer = 0;
    for (const Real value : values) outer += std::abs(value) > static_cast<Real>(4);
    if (outer == 0) continue;
    for (const Real value : values) {
      for (std::size_t k = 0; k < limits.size(); ++k) beyond[k] += std::abs(value) > static_cast<Real>(limits[k]);
    }
  }
  return {beyond.begin(), beyond.end()};
}

// Counts are Poisson: 5 standard deviations and 3 more are a false alarm with less than 2e-6. Beyond 6 std 17 and 4 are expected; none,
// as of a radius of 24 bits (which ends at 5.77), has a probability of 4e-8 in f32.
template <class Real>
void check_tails(std::int64_t elements, Stream stream) {
  const std::vector<double> limits{4, 4.5, 5, 5.5, 6};
  const std::vector<double> beyond = tails<Real>(stream, elements, limits);
  for (std::size_t k = 0; k < limits.size(); ++k) {
    const double expected = 2 * static_cast<double>(elements) * phi_upper(limits[k]);
    EXPECT_NEAR(beyond[k], expected, 5 * std::sqrt(expected) + 3) << limits[k];
    std::printf("  beyond %.1f std: %.0f, expected %.1f\n", limits[k], beyond[k], expected);
  }
  EXPECT_GT(beyond.back(), 0);
}

TEST(long_tails, f32) { check_tails<float>(std::int64_t{1} << 33, make_stream(6, "tails")); }
TEST(long_tails, f64) { check_tails<double>(std::int64_t{1} << 31, make_stream(6, "tails")); }

}  // namespace
}  // namespace evenkeel::test
