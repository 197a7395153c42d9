// SPDX-License-Identifier: Apache-2.0
// The values an element type can hold, and the neighbours of a bound among them.
#pragma once

#include <cstdint>
#include <optional>

#include "evenkeel/base/dtype.hpp"

namespace evenkeel {

/// Bits of the value rounded to the type: f64 as it is, the others by way of f32 (nearest, ties to even).
[[nodiscard]] std::uint64_t encode(DType dtype, double value) noexcept;
[[nodiscard]] double decode(DType dtype, std::uint64_t bits) noexcept;
[[nodiscard]] double largest_finite(DType dtype) noexcept;

enum class Edge { included, excluded };
/// The least value of the type that is >= x; none where x is beyond the largest. -infinity gives the least finite value.
[[nodiscard]] std::optional<double> least_from(DType dtype, double x) noexcept;
/// The greatest value of the type that is <= x, or < x where the edge is excluded.
[[nodiscard]] std::optional<double> greatest_to(DType dtype, double x, Edge edge) noexcept;

}  // namespace evenkeel
