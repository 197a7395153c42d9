// SPDX-License-Identifier: Apache-2.0
// Elementary functions against the C library in long double, within the errors that the header states; and their bits, which may not
// depend on the machine.
#include "base/elementary.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace evenkeel {
namespace {

namespace e = elementary;
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Range {
  double low, high;
  bool exponents = false;  // 2^low .. 2^high
};

// Largest error in units of the last place of the exact value.
template <class Function, class Exact>
double worst_error(Function function, Exact exact, Range range) {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(range.low, range.high);
  double worst = 0;
  for (int i = 0; i < 50'000; ++i) {
    const double drawn = uniform(generator);
    const double x = range.exponents ? std::exp2(drawn) : drawn;
    const long double expected = exact(static_cast<long double>(x));
    const double size = std::fabs(static_cast<double>(expected));
    const double error =
        static_cast<double>(std::fabs(static_cast<long double>(function(x)) - expected)) / (std::nextafter(size, infinity) - size);
    worst = error <= worst ? worst : error;  // NaN counts
  }
  return worst;
}

#define EXPECT_ERROR(name, exact, range, most)                                 \
  EXPECT_LE(worst_error(                                                       \
                e::name, [](long double x) { return exact(x); }, Range range), \
            most)                                                              \
      << #name #range

TEST(Elementary, ErrorsAgainstLongDouble) {
  if (LDBL_MANT_DIG < 64) GTEST_SKIP() << "long double is no wider than double here";
  EXPECT_ERROR(exp, std::exp, ({-700, 700}), 1.1);
  EXPECT_ERROR(exp, std::exp, ({-1, 1}), 1.1);
  EXPECT_ERROR(expm1, std::expm1, ({-45, 45}), 2);
  EXPECT_ERROR(expm1, std::expm1, ({-60, 1, true}), 2);
  EXPECT_ERROR(log, std::log, ({-1000, 1000, true}), 1);
  EXPECT_ERROR(log, std::log, ({0.5, 2}), 1);
  EXPECT_ERROR(log1p, std::log1p, ({-0.9, 3}), 1);
  EXPECT_ERROR(log1p, std::log1p, ({-60, 60, true}), 1);
  EXPECT_ERROR(sin, std::sin, ({-10, 10}), 2);
  EXPECT_ERROR(sin, std::sin, ({-1e9, 1e9}), 2);
  EXPECT_ERROR(cos, std::cos, ({-10, 10}), 2);
  EXPECT_ERROR(cos, std::cos, ({-1e9, 1e9}), 2);
  EXPECT_ERROR(atan, std::atan, ({-40, 40, true}), 2.5);
  EXPECT_ERROR(tanh, std::tanh, ({-20, 20}), 3);
  EXPECT_ERROR(tanh, std::tanh, ({-40, 0, true}), 3);
  EXPECT_ERROR(erf, std::erf, ({-6, 6}), 12);
  EXPECT_ERROR(erf, std::erf, ({-40, 0, true}), 12);
  EXPECT_ERROR(erfc, std::erfc, ({2, 26}), 4);
}

TEST(Elementary, PowersOfWholeAndHalfExponentsAreProductsAndRoots) {
  for (const double x : {1.0, 2.0, 3.0, -3.0, 10.0}) {
    EXPECT_EQ(e::pow(x, 3), x * x * x);
    EXPECT_EQ(e::pow(x, 0), 1);
    EXPECT_EQ(e::pow(x, -1), 1 / x);
  }
  EXPECT_EQ(e::pow(10, 15), 1e15);
  EXPECT_EQ(e::pow(7, 0.5), std::sqrt(7.0));
  EXPECT_EQ(e::pow(0, 2.5), 0);
  EXPECT_EQ(e::pow(0, -1), infinity);
  EXPECT_TRUE(std::isnan(e::pow(-2, 1.5)));
  EXPECT_NEAR(e::pow(96, -0.25), std::pow(96, -0.25), 1e-15);
}

TEST(Elementary, EndsOfTheRange) {
  EXPECT_EQ(e::exp(1e9), infinity);
  EXPECT_EQ(e::exp(-1e9), 0);
  EXPECT_EQ(e::exp(-745.1), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(e::expm1(-1e9), -1);
  EXPECT_EQ(e::log(0), -infinity);
  EXPECT_EQ(e::log(infinity), infinity);
  EXPECT_NEAR(e::log(0x1p-1074), -1074 * std::log(2.0), 1e-12);
  EXPECT_TRUE(std::isnan(e::log(-1)));
  EXPECT_EQ(e::log1p(-1), -infinity);
  EXPECT_EQ(e::tanh(1e300), 1);
  EXPECT_EQ(e::atan(-infinity), -std::atan(infinity));
  EXPECT_EQ(e::erf(30), 1);
  EXPECT_EQ(e::erfc(-30), 2);
  EXPECT_EQ(e::erfc(30), 0);
  for (double (*function)(double) noexcept : {e::sin, e::expm1, e::log1p, e::atan, e::tanh, e::erf}) EXPECT_EQ(function(0), 0);
  EXPECT_TRUE(std::isnan(e::sin(0x1p60)));
  for (double (*function)(double) noexcept : {e::exp, e::expm1, e::log, e::log1p, e::sin, e::cos, e::atan, e::tanh, e::erf, e::erfc}) {
    EXPECT_TRUE(std::isnan(function(std::nan(""))));
  }
}

// Bits of running sums: the same on every machine, or a gain is not.
TEST(Elementary, BitsAreFixed) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (double (*function)(double) noexcept : {e::exp, e::expm1, e::log, e::log1p, e::sin, e::cos, e::atan, e::tanh, e::erf, e::erfc}) {
    for (int i = 1; i <= 4096; ++i) hash = (hash ^ std::bit_cast<std::uint64_t>(function(i * 0x1p-8))) * 0x100000001b3;
  }
  for (int i = 1; i <= 4096; ++i) hash = (hash ^ std::bit_cast<std::uint64_t>(e::pow(i * 0x1p-4, 0.3))) * 0x100000001b3;
  EXPECT_EQ(hash, 11234682205196274498U);
}

}  // namespace
}  // namespace evenkeel
