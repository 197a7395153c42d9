// SPDX-License-Identifier: Apache-2.0
// Conversions between float and the short floating formats: round to nearest, ties to even, in integer arithmetic, the same bits
// everywhere.
#pragma once

#include <cstdint>

namespace evenkeel {

[[nodiscard]] std::uint16_t f16_from_float(float value) noexcept;
[[nodiscard]] float float_from_f16(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t bf16_from_float(float value) noexcept;
[[nodiscard]] float float_from_bf16(std::uint16_t bits) noexcept;
/// Finite values beyond the largest (448) become NaN, as in ml_dtypes.
[[nodiscard]] std::uint8_t f8e4m3_from_float(float value) noexcept;
[[nodiscard]] float float_from_f8e4m3(std::uint8_t bits) noexcept;
[[nodiscard]] std::uint8_t f8e5m2_from_float(float value) noexcept;
[[nodiscard]] float float_from_f8e5m2(std::uint8_t bits) noexcept;

}  // namespace evenkeel
