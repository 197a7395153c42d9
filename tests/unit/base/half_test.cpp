// SPDX-License-Identifier: Apache-2.0
// All codes of the short formats against their definition, all ties and their neighbours, and values that ml_dtypes 0.6 and NumPy give.
#include "evenkeel/base/half.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace evenkeel {
namespace {

struct Format {
  const char* name;
  int exponent_bits, mantissa_bits;
  bool has_infinity;
  std::uint32_t (*from)(float);
  float (*to)(std::uint32_t);

  [[nodiscard]] std::uint32_t sign() const { return 1U << (exponent_bits + mantissa_bits); }
  [[nodiscard]] std::uint32_t largest() const {
    return has_infinity ? ((1U << exponent_bits) - 1) * (1U << mantissa_bits) - 1 : sign() - 2;
  }
  // The definition, in double arithmetic.
  [[nodiscard]] double value(std::uint32_t magnitude) const {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = static_cast<int>(magnitude >> mantissa_bits);
    const int mantissa = static_cast<int>(magnitude & ((1U << mantissa_bits) - 1));
    if (exponent == 0) return std::ldexp(mantissa, 1 - bias - mantissa_bits);
    return std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
  }
};

const Format formats[] = {{"f16", 5, 10, true, [](float x) -> std::uint32_t { return f16_from_float(x); },
                           [](std::uint32_t b) { return float_from_f16(static_cast<std::uint16_t>(b)); }},
                          {"bf16", 8, 7, true, [](float x) -> std::uint32_t { return bf16_from_float(x); },
                           [](std::uint32_t b) { return float_from_bf16(static_cast<std::uint16_t>(b)); }},
                          {"f8e4m3", 4, 3, false, [](float x) -> std::uint32_t { return f8e4m3_from_float(x); },
                           [](std::uint32_t b) { return float_from_f8e4m3(static_cast<std::uint8_t>(b)); }},
                          {"f8e5m2", 5, 2, true, [](float x) -> std::uint32_t { return f8e5m2_from_float(x); },
                           [](std::uint32_t b) { return float_from_f8e5m2(static_cast<std::uint8_t>(b)); }}};

TEST(half, every_code_has_its_value_and_comes_back) {
  for (const Format& format : formats) {
    for (std::uint32_t code = 0; code <= format.largest(); ++code) {
      const float value = format.to(code);
      ASSERT_EQ(static_cast<double>(value), format.value(code)) << format.name << ' ' << code;
      ASSERT_EQ(format.from(value), code) << format.name;
      const float negative = format.to(code | format.sign());
      ASSERT_EQ(std::bit_cast<std::uint32_t>(negative), std::bit_cast<std::uint32_t>(-value)) << format.name << ' ' << code;
      ASSERT_EQ(format.from(negative), code | format.sign()) << format.name;
    }
    for (std::uint32_t code = format.largest() + 1; code < format.sign(); ++code) {
      const float value = format.to(code);
      ASSERT_TRUE(format.has_infinity && code == format.largest() + 1 ? std::isinf(value) : std::isnan(value))
          << format.name << ' ' << code;
    }
  }
}

TEST(half, ties_go_to_even_and_their_neighbours_to_the_nearest) {
  for (const Format& format : formats) {
    for (std::uint32_t code = 0; code < format.largest(); ++code) {
      const float middle = static_cast<float>((format.value(code) + format.value(code + 1)) / 2);
      ASSERT_EQ(static_cast<double>(middle), (format.value(code) + format.value(code + 1)) / 2);
      ASSERT_EQ(format.from(middle), code + (code & 1)) << format.name << ' ' << code;
      ASSERT_EQ(format.from(std::nextafter(middle, 0.0F)), code) << format.name;
      ASSERT_EQ(format.from(std::nextafter(middle, std::numeric_limits<float>::infinity())), code + 1) << format.name;
      ASSERT_EQ(format.from(-middle), (code + (code & 1)) | format.sign()) << format.name;
    }
  }
}

TEST(half, beyond_the_largest) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Format& format : formats) {
    const float half_step = static_cast<float>((format.value(format.largest()) - format.value(format.largest() - 1)) / 2);
    const float edge = static_cast<float>(format.value(format.largest())) + half_step;
    // e4m3: its largest code is even, so the tie stays; the others have an odd one and go to infinity.
    EXPECT_EQ(format.from(edge), format.has_infinity ? format.largest() + 1 : format.largest()) << format.name;
    EXPECT_EQ(format.from(std::nextafter(edge, 0.0F)), format.largest()) << format.name;
    EXPECT_EQ(format.from(std::nextafter(edge, infinity)), format.largest() + 1) << format.name;
    EXPECT_EQ(format.from(infinity), format.largest() + 1) << format.name;
    EXPECT_EQ(format.from(-infinity), (format.largest() + 1) | format.sign()) << format.name;
    EXPECT_TRUE(std::isnan(format.to(format.from(std::numeric_limits<float>::quiet_NaN())))) << format.name;
    EXPECT_EQ(format.from(std::numeric_limits<float>::denorm_min()), 0U) << format.name;
  }
}

TEST(half, values_of_ml_dtypes) {
  const struct {
    float value;
    std::uint16_t f16, bf16;
    std::uint8_t f8e4m3, f8e5m2;
  } known[] = {{0x1p+0F, 0x3c00, 0x3f80, 0x38, 0x3c},         {-0x1.99999ap-4F, 0xae66, 0xbdcd, 0x9d, 0xae},
               {0x1.921fb6p+1F, 0x4248, 0x4049, 0x45, 0x42},  {0x1.ffcp+15F, 0x7bff, 0x4780, 0x7f, 0x7c},
               {0x1.ffep+15F, 0x7c00, 0x4780, 0x7f, 0x7c},    {0x1.01b2b2p-24F, 0x0001, 0x3381, 0x00, 0x00},
               {0x1.0624dep-10F, 0x1419, 0x3a83, 0x01, 0x14}, {0x1.cp+8F, 0x5f00, 0x43e0, 0x7e, 0x5f},
               {0x1.dp+8F, 0x5f40, 0x43e8, 0x7e, 0x5f},       {0x1.d00002p+8F, 0x5f40, 0x43e8, 0x7f, 0x5f},
               {0x1p-10F, 0x1400, 0x3a80, 0x00, 0x14},        {0x1.000002p-10F, 0x1400, 0x3a80, 0x01, 0x14},
               {0x1.dffffep+15F, 0x7b80, 0x4770, 0x7f, 0x7b}, {0x1.ep+15F, 0x7b80, 0x4770, 0x7f, 0x7c},
               {0x1p-17F, 0x0080, 0x3700, 0x00, 0x00},        {0x1.ep+7F, 0x5b80, 0x4370, 0x77, 0x5c}};
  for (const auto& row : known) {
    EXPECT_EQ(f16_from_float(row.value), row.f16) << row.value;
    EXPECT_EQ(bf16_from_float(row.value), row.bf16) << row.value;
    EXPECT_EQ(f8e4m3_from_float(row.value), row.f8e4m3) << row.value;
    EXPECT_EQ(f8e5m2_from_float(row.value), row.f8e5m2) << row.value;
  }
}

}  // namespace
}  // namespace evenkeel
