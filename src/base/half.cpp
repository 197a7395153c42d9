// SPDX-License-Identifier: Apache-2.0
// One pair of functions over (exponent bits, mantissa bits); the formats differ only in those and in what lies beyond the largest value.
#include "evenkeel/base/half.hpp"

#include <bit>

namespace evenkeel {
namespace {

enum class Beyond { infinity, nan };

template <int exponent_bits, int mantissa_bits, Beyond beyond>
struct Format {
  static constexpr std::uint32_t bias = (1U << (exponent_bits - 1)) - 1;
  static constexpr std::uint32_t sign_shift = exponent_bits + mantissa_bits;
  static constexpr std::uint32_t exponent_mask = (1U << exponent_bits) - 1;
  static constexpr std::uint32_t mantissa_mask = (1U << mantissa_bits) - 1;
  static constexpr std::uint32_t magnitude_mask = (1U << sign_shift) - 1;
  // The code of infinity, or of the only NaN where there is no infinity.
  static constexpr std::uint32_t top = beyond == Beyond::infinity ? exponent_mask << mantissa_bits : magnitude_mask;
  static constexpr std::uint32_t nan = beyond == Beyond::infinity ? top | (1U << (mantissa_bits - 1)) : top;

  static std::uint32_t from_float(float value) noexcept {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 31) << sign_shift;
    const std::uint32_t magnitude = bits & 0x7fffffffU;
    if (magnitude > 0x7f800000U) return sign | nan;
    if (magnitude == 0x7f800000U) return sign | top;
    const std::uint32_t rounded = round_magnitude(magnitude);
    return sign | (rounded < top ? rounded : top);
  }

  static float to_float(std::uint32_t bits) noexcept {
    const std::uint32_t sign = (bits >> sign_shift) << 31;
    const std::uint32_t magnitude = bits & magnitude_mask;
    if (magnitude > top || (magnitude == top && beyond == Beyond::nan)) return std::bit_cast<float>(sign | 0x7fc00000U);
    if (magnitude == top) return std::bit_cast<float>(sign | 0x7f800000U);
    std::uint32_t exponent = magnitude >> mantissa_bits;
    std::uint32_t mantissa = magnitude & mantissa_mask;
    if (exponent == 0) {
      if (mantissa == 0) return std::bit_cast<float>(sign);
      // Subnormal: move its first bit to the implied place. Those of bf16 are subnormal in float too and keep their bits.
      if constexpr (exponent_bits == 8) return std::bit_cast<float>(sign | (mantissa << (23 - mantissa_bits)));
      const int shift = std::countl_zero(mantissa) - (31 - mantissa_bits);
      exponent = 1U - static_cast<std::uint32_t>(shift);
      mantissa = (mantissa << shift) & mantissa_mask;
    }
    return std::bit_cast<float>(sign | ((exponent + 127U - bias) << 23) | (mantissa << (23 - mantissa_bits)));
  }

 private:
  // Code of a finite magnitude, rounded to nearest even; a carry out of the mantissa runs into the exponent, as it should.
  static std::uint32_t round_magnitude(std::uint32_t magnitude) noexcept {
    const std::uint32_t exponent = magnitude >> 23;
    const std::uint32_t offset = 127U - bias;
    if (exponent > offset) return shift_to_even(magnitude - (offset << 23), 23 - mantissa_bits);
    if constexpr (exponent_bits == 8) return shift_to_even(magnitude, 23 - mantissa_bits);
    const std::uint32_t extra = offset + 1U - exponent;
    const std::uint32_t shift = 23U - mantissa_bits + extra;
    if (exponent == 0 || shift > 31U) return 0;
    return shift_to_even((magnitude & 0x7fffffU) | 0x800000U, shift);
  }

  static std::uint32_t shift_to_even(std::uint32_t value, std::uint32_t shift) noexcept {
    const std::uint32_t half = (1U << (shift - 1U)) - 1U + ((value >> shift) & 1U);
    return (value + half) >> shift;
  }
};

using F16 = Format<5, 10, Beyond::infinity>;
using BF16 = Format<8, 7, Beyond::infinity>;
using F8E4M3 = Format<4, 3, Beyond::nan>;
using F8E5M2 = Format<5, 2, Beyond::infinity>;

}  // namespace

std::uint16_t f16_from_float(float value) noexcept { return static_cast<std::uint16_t>(F16::from_float(value)); }
float float_from_f16(std::uint16_t bits) noexcept { return F16::to_float(bits); }
std::uint16_t bf16_from_float(float value) noexcept { return static_cast<std::uint16_t>(BF16::from_float(value)); }
float float_from_bf16(std::uint16_t bits) noexcept { return BF16::to_float(bits); }
std::uint8_t f8e4m3_from_float(float value) noexcept { return static_cast<std::uint8_t>(F8E4M3::from_float(value)); }
float float_from_f8e4m3(std::uint8_t bits) noexcept { return F8E4M3::to_float(bits); }
std::uint8_t f8e5m2_from_float(float value) noexcept { return static_cast<std::uint8_t>(F8E5M2::from_float(value)); }
float float_from_f8e5m2(std::uint8_t bits) noexcept { return F8E5M2::to_float(bits); }

}  // namespace evenkeel
