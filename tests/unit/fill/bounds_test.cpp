// SPDX-License-Identifier: Apache-2.0
// Bounds hold in every element type, also those that the type cannot hold; grids are what the page says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "fill/prepare.hpp"
#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const Stream stream = make_stream(5, "bounds");

TEST(bounds, uniform_never_returns_high_nor_less_than_low) {
  for (const DType dtype : floating_types) {
    for (const auto& [low, high] :
         {std::pair{0.0, 1.0}, {-1.0, 1.0}, {-0.1, 0.1}, {1.0, 1.3}, {-3.3, -1.1}, {0.0, 0.017}, {192.0, 256.0}}) {
      const std::vector<double> values = filled(1 << 16, dtype, Uniform{low, high}, stream);
      const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
      EXPECT_GE(*least, low) << to_string(dtype);
      EXPECT_LT(*greatest, high) << to_string(dtype);
      // 65536 values reach the outermost values of the short types, so the clamp is seen at work.
      if (size_of(dtype) == 1) {
        if (low != 0) { EXPECT_EQ(*least, least_from(dtype, low)); }
        // 0 is too rare: e5m2 has many values near it.
        EXPECT_EQ(*greatest, greatest_to(dtype, high, Edge::excluded));
      }
    }
  }
}

TEST(bounds, log_uniform_never_returns_high_nor_less_than_low) {
  for (const DType dtype : floating_types) {
    for (const auto& [low, high] : {std::pair{0.01, 1.0}, {0.017, 0.3}, {1.0, 1.3}, {1.1, 1.3}, {0.1, 448.0}, {0.002, 0.0041}}) {
      const std::vector<double> values = filled(1 << 16, dtype, LogUniform{low, high}, stream);
      const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
      EXPECT_GE(*least, low) << to_string(dtype);
      EXPECT_LT(*greatest, high) << to_string(dtype);
      if (size_of(dtype) == 1) {
        EXPECT_EQ(*least, least_from(dtype, low));
        EXPECT_EQ(*greatest, greatest_to(dtype, high, Edge::excluded));
      }
    }
  }
  // The ends of the range of a type, where scaling would overflow or lose the subnormal numbers.
  for (const double value : filled(1 << 16, DType::f32, LogUniform{0x1.fp127, 0x1.fffffep127}, stream)) {
    ASSERT_TRUE(0x1.fp127 <= value && value < 0x1.fffffep127);
  }
  for (const double value : filled(1 << 16, DType::f64, LogUniform{0x1p-1074, 0x1p-1070}, stream)) {
    ASSERT_TRUE(0x1p-1074 <= value && value < 0x1p-1070);
  }
}

TEST(bounds, truncated_normal_stays_inside_where_the_type_cannot_hold_the_bound) {
  for (const DType dtype : floating_types) {
    for (const TruncatedNormal& law :
         {TruncatedNormal{0, 1, -2, 2}, TruncatedNormal{0, 0.02, -0.0401, 0.0399}, TruncatedNormal{1, 0.3, 0.7, 1.1},
          TruncatedNormal{0, 1, -3.3, 7.7}, TruncatedNormal{0, 1, 2.2, 3.3}, TruncatedNormal{0, 1, -9, -8},
          TruncatedNormal{0, 1, 3.1, infinity}, TruncatedNormal{0, 1, -infinity, 0.1}, TruncatedNormal{0, 50, -0.3, 0.3}}) {
      const std::vector<double> values = filled(1 << 15, dtype, law, stream);
      const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
      EXPECT_GE(*least, law.low) << to_string(dtype);
      EXPECT_LE(*greatest, law.high) << to_string(dtype);
      EXPECT_TRUE(*least < *greatest || size_of(dtype) == 1) << to_string(dtype);
    }
  }
}

TEST(bounds, a_symmetric_interval_has_a_symmetric_grid) {
  // Odd multiples of high / 2^24: never 0, never an end.
  for (const double value : filled(1 << 14, DType::f32, Uniform{-1, 1}, stream)) {
    const double odd = value * 0x1p24;
    ASSERT_EQ(odd, std::floor(odd));
    ASSERT_EQ(std::fmod(std::abs(odd), 2), 1);
  }
  for (const double value : filled(1 << 14, DType::f64, Uniform{-1, 1}, stream)) {
    const double odd = value * 0x1p53;
    ASSERT_EQ(odd, std::floor(odd));
    ASSERT_EQ(std::fmod(std::abs(odd), 2), 1);
  }
  for (const double value : filled(1 << 14, DType::f64, Uniform{0, 1}, stream)) ASSERT_EQ(value * 0x1p53, std::floor(value * 0x1p53));
}

TEST(bounds, short_types_are_the_f32_value_rounded_once) {
  for (const Distribution& law : {Distribution(Uniform{-0.3, 0.3}), Distribution(Normal{0.01, 0.7}), Distribution(Normal{0, 1e-6}),
                                  Distribution(TruncatedNormal{0, 0.02, -0.04, 0.04}), Distribution(TruncatedNormal{0, 1, 2.5, infinity}),
                                  Distribution(LogUniform{0.01, 7})}) {
    const std::vector<double> single = filled(1 << 15, DType::f32, law, stream);
    for (const DType dtype : {DType::f16, DType::bf16, DType::f8e4m3, DType::f8e5m2}) {
      double low = -infinity;
      double high = infinity;
      if (const auto* cut = std::get_if<TruncatedNormal>(&law)) {
        low = *least_from(dtype, cut->low);
        high = *greatest_to(dtype, cut->high, Edge::included);
      } else if (const auto* uniform = std::get_if<Uniform>(&law)) {
        low = *least_from(dtype, uniform->low);
        high = *greatest_to(dtype, uniform->high, Edge::excluded);
      } else if (const auto* octaves = std::get_if<LogUniform>(&law)) {
        low = *least_from(dtype, octaves->low);
        high = *greatest_to(dtype, octaves->high, Edge::excluded);
      }
      const std::vector<double> rounded = filled(1 << 15, dtype, law, stream);
      for (std::size_t i = 0; i < single.size(); ++i) {
        ASSERT_EQ(rounded[i], std::clamp(decode(dtype, encode(dtype, single[i])), low, high)) << to_string(dtype) << ' ' << i;
      }
    }
  }
}

TEST(bounds, values_beyond_the_type_become_its_largest) {
  for (const auto& [dtype, largest] : {std::pair{DType::f16, 65504.0}, {DType::f8e4m3, 448.0}, {DType::f8e5m2, 57344.0}}) {
    const std::vector<double> values = filled(4096, dtype, Normal{0, largest / 2}, stream);
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), largest);
    EXPECT_EQ(*std::min_element(values.begin(), values.end()), -largest);
  }
}

TEST(bounds, neighbours_of_a_bound) {
  EXPECT_EQ(least_from(DType::bf16, 0.1), 0x1.9ap-4);
  EXPECT_EQ(greatest_to(DType::bf16, 0.1, Edge::included), 0x1.98p-4);
  EXPECT_EQ(greatest_to(DType::f32, 1, Edge::excluded), 0x1.fffffep-1);
  EXPECT_EQ(greatest_to(DType::f32, 1, Edge::included), 1);
  EXPECT_EQ(greatest_to(DType::f8e4m3, 0, Edge::excluded), -0x1p-9);
  EXPECT_EQ(least_from(DType::f16, -infinity), -65504);
  EXPECT_EQ(greatest_to(DType::f8e4m3, 1e9, Edge::included), 448);
  EXPECT_FALSE(least_from(DType::f8e4m3, 449));
  EXPECT_FALSE(greatest_to(DType::f32, -infinity, Edge::included));
}

// The lower and the upper end of the words, where a law is most easily wrong, through the kernels themselves.
TEST(bounds, the_kernel_of_the_centre_is_the_general_one) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Prepared prepared = prepare(TruncatedNormal{0, 1, -1.2, 0.9}, dtype, stream);
    ASSERT_EQ(prepared.law, Law::truncated_centre);
    for (const KernelTable* table : kernel_tables()) {
      if (!table->supported()) continue;
      std::vector<char> centre(64 * 16);
      std::vector<char> general(64 * 16);
      const auto type = static_cast<std::size_t>(dtype);
      table->kernels.of[static_cast<std::size_t>(Law::truncated_centre)][type](prepared.arguments, 0, 64, centre.data());
      table->kernels.of[static_cast<std::size_t>(Law::truncated)][type](prepared.arguments, 0, 64, general.data());
      EXPECT_EQ(centre, general) << table->name;
    }
  }
}

}  // namespace
}  // namespace evenkeel::test
