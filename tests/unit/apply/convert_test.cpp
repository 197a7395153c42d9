// SPDX-License-Identifier: Apache-2.0
// One rounding, and no infinity out of a number.
#include "apply/convert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"

namespace evenkeel {
namespace {

template <class To, class From>
std::vector<To> converted(const std::vector<From>& in, DType from, DType to) {
  std::vector<To> out(in.size());
  convert_elements(std::as_bytes(std::span(in)), from, std::as_writable_bytes(std::span(out)), to, "w");
  return out;
}

TEST(Convert, EveryHalfSurvivesTheWayThroughTheWiderTypes) {
  std::vector<std::uint16_t> codes;
  for (std::uint32_t c = 0; c < 0x10000; ++c) {
    if (!std::isnan(float_from_f16(static_cast<std::uint16_t>(c)))) codes.push_back(static_cast<std::uint16_t>(c));
  }
  EXPECT_EQ(converted<std::uint16_t>(converted<float>(codes, DType::f16, DType::f32), DType::f32, DType::f16), codes);
  EXPECT_EQ(converted<std::uint16_t>(converted<double>(codes, DType::f16, DType::f64), DType::f64, DType::f16), codes);
}

// Between two neighbours a < b of float16 the middle is a tie, and anything beside it is not, however near: by way of a float it would be.
TEST(Convert, DoublesAreRoundedOnce) {
  for (std::uint16_t code = 1; code < 0x7bff; code += 7) {
    const double a = float_from_f16(code), b = float_from_f16(static_cast<std::uint16_t>(code + 1)), middle = a + (b - a) / 2;
    const std::vector<double> in = {std::nextafter(middle, 0), middle, std::nextafter(middle, 1e9)};
    const auto even = static_cast<std::uint16_t>(code + (code & 1U));
    EXPECT_EQ(converted<std::uint16_t>(in, DType::f64, DType::f16),
              (std::vector<std::uint16_t>{code, even, static_cast<std::uint16_t>(code + 1)}));
  }
}

TEST(Convert, FloatsAsTheTableSays) {
  std::mt19937 random(3);
  std::vector<float> in(5000);
  for (float& x : in) x = std::ldexp(static_cast<float>(random()) / 4e9F - 0.5F, static_cast<int>(random() % 40) - 30);
  const auto half = converted<std::uint16_t>(in, DType::f32, DType::f16), brain = converted<std::uint16_t>(in, DType::f32, DType::bf16);
  for (std::size_t i = 0; i < in.size(); ++i) {
    EXPECT_EQ(half[i], f16_from_float(in[i]));
    EXPECT_EQ(brain[i], bf16_from_float(in[i]));
  }
}

TEST(Convert, WhatIsNoNumberStaysSo) {
  const float inf = std::numeric_limits<float>::infinity();
  const auto half = converted<std::uint16_t>(std::vector<float>{inf, -inf, NAN}, DType::f32, DType::f16);
  EXPECT_EQ(float_from_f16(half[0]), inf);
  EXPECT_EQ(float_from_f16(half[1]), -inf);
  EXPECT_TRUE(std::isnan(float_from_f16(half[2])));
}

TEST(Convert, ANumberBeyondTheRangeIsAnError) {
  const auto complaint = [](std::vector<double> in, DType to) -> std::string {
    std::vector<std::byte> out(in.size() * size_of(to));
    try {
      convert_elements(std::as_bytes(std::span(in)), DType::f64, out, to, "head.weight");
    } catch (const Error& error) { return error.what(); }
    return "fits";
  };
  EXPECT_EQ(complaint({65519.9}, DType::f16), "fits");
  EXPECT_THAT(complaint({1, 65520}, DType::f16), ::testing::HasSubstr("head.weight: the stored value 65520 is beyond"));
  EXPECT_THAT(complaint({1e39}, DType::f32), ::testing::HasSubstr("float32"));
  EXPECT_THAT(complaint({500}, DType::f8e4m3), ::testing::HasSubstr("float8_e4m3fn"));
  EXPECT_EQ(complaint({1e39}, DType::f64), "fits");
}

}  // namespace
}  // namespace evenkeel
