// SPDX-License-Identifier: Apache-2.0
// The fma of the portable kernels against the C library's: random numbers, and ties where rounding twice would go wrong.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "evenkeel/rng/philox.hpp"
#include "fill/ops_scalar.inl.hpp"

namespace evenkeel {
namespace {

void expect_same(float a, float b, float c) {
  ASSERT_EQ(as_u(mul_add(a, b, c)), as_u(std::fma(a, b, c))) << std::hexfloat << a << ' ' << b << ' ' << c;
}

// A float with exponent in [low, low + span).
float number(std::uint32_t word, int low, int span) {
  const auto exponent = static_cast<std::uint32_t>(127 + low) + (word >> 23 & 0xff) % static_cast<std::uint32_t>(span);
  return as_f((word & 0x807fffff) | exponent << 23);
}

TEST(scalar_fma, random_numbers) {
  for (std::uint32_t i = 0; i < 500'000; ++i) {
    const auto w = philox4x32({i, 0, 0, 0}, {1, 2});
    expect_same(number(w[0], -10, 20), number(w[1], -10, 20), number(w[2], -40, 60));
    expect_same(number(w[0], -75, 10), number(w[1], -75, 10), number(w[2], -126, 4));  // results that are subnormal
    expect_same(number(w[0], -1, 2), number(w[1], -1, 2), -number(w[0], -1, 2) * number(w[1], -1, 2));
  }
}

// c + product, where the product is half an ulp of c give or take far less than an ulp of a double: a tie of floats after the first
// rounding.
TEST(scalar_fma, ties_that_only_the_last_bits_decide) {
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto w = philox4x32({i, 0, 0, 0}, {3, 4});
    const float c = number(w[0], 0, 1);
    for (const float nearly : {0x1p-24F, 0x1.000002p-24F, 0x1.fffffep-25F}) {
      expect_same(1.0F, nearly, c);
      expect_same(-1.0F, nearly, c);
      // (1 + e) (1 - e) = 1 - e^2: just below the tie.
      expect_same(1 + 0x1p-12F, (1 - 0x1p-12F) * nearly, c);
      expect_same((1 + 0x1p-23F) * 0x1p-12F, (1 - 0x1p-23F) * 0x1p-12F, c);
      expect_same((1 + 0x1p-23F) * 0x1p-12F, -(1 - 0x1p-23F) * 0x1p-12F, c);
      expect_same((1 + 0x1p-23F) * 0x1p-12F, (1 + 0x1p-23F) * 0x1p-12F, c);
    }
  }
}

TEST(scalar_fma, a_detour_over_double_would_fail_here) {
  const float a = (1 + 0x1p-23F) * 0x1p-12F;
  const float b = (1 - 0x1p-23F) * 0x1p-12F;  // a b = 2^-24 (1 - 2^-46)
  const float c = 1 + 0x1p-23F;
  EXPECT_NE(static_cast<float>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c)), std::fma(a, b, c));
  EXPECT_EQ(mul_add(a, b, c), std::fma(a, b, c));
}

}  // namespace
}  // namespace evenkeel
