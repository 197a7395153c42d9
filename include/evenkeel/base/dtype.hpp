// SPDX-License-Identifier: Apache-2.0
// Element types of stored tensors. Only the floating ones can be filled; the others are read and kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace evenkeel {

/// f8e4m3 is the "fn" form (no infinities, NaN 0x7f). `other` is any type that is only ever copied.
enum class DType : std::uint8_t { f64, f32, f16, bf16, f8e4m3, f8e5m2, i8, i16, i32, i64, u8, u16, u32, u64, boolean, other };

/// Bytes of one element; 0 for `other`.
[[nodiscard]] std::size_t size_of(DType dtype) noexcept;
[[nodiscard]] bool is_floating(DType dtype) noexcept;
/// "float32", "bfloat16", "float8_e4m3fn", "int64", "bool", "other", ... (the names of ml_dtypes and PyTorch).
[[nodiscard]] std::string_view to_string(DType dtype) noexcept;
[[nodiscard]] std::optional<DType> find_dtype(std::string_view name) noexcept;

}  // namespace evenkeel
