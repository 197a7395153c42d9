// SPDX-License-Identifier: Apache-2.0
// Sizes that follow from shapes in files: products that do not wrap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "evenkeel/base/shape.hpp"

namespace evenkeel {

/// More dimensions than any framework has.
inline constexpr std::size_t most_dimensions = 64;

/// Bits of a tensor; nullopt where they, or the strides of an empty tensor, are beyond what 63 bits count.
[[nodiscard]] inline std::optional<std::uint64_t> bits_of(const Shape& shape, std::uint64_t bits_per_element) {
  const std::uint64_t limit = std::uint64_t{1} << 62U;
  std::uint64_t bits = bits_per_element;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    const auto length = static_cast<std::uint64_t>(std::max<std::int64_t>(dimension, 1));
    if (dimension < 0 || bits > limit / length) return std::nullopt;
    empty = empty || dimension == 0;
    bits *= length;
  }
  return empty ? 0 : bits;
}

}  // namespace evenkeel
