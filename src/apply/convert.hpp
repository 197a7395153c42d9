// SPDX-License-Identifier: Apache-2.0
// Stored elements in another floating type: rounded once, to nearest, ties to even.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "evenkeel/base/dtype.hpp"

namespace evenkeel {

/// As many elements of `to` as `in` has of `from`; little-endian. NaN and infinities stay what they are. Throws invalid_argument, naming
/// the tensor, for a finite value beyond the largest of `to`, and for an infinite one where `to` has none.
void convert_elements(std::span<const std::byte> in, DType from, std::span<std::byte> out, DType to, std::string_view tensor);

/// Whether no element is NaN or infinite; whole numbers never are.
[[nodiscard]] bool are_finite(std::span<const std::byte> elements, DType dtype);

}  // namespace evenkeel
