// SPDX-License-Identifier: Apache-2.0
// Shapes and strides. In a graph a dimension of -1 is one that is not known before the model runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evenkeel {

using Shape = std::vector<std::int64_t>;

/// Product of the dimensions, 1 for a scalar. Throws invalid_argument for a negative dimension or a product beyond int64.
[[nodiscard]] std::int64_t element_count(const Shape& shape);
/// Row-major strides in elements.
[[nodiscard]] std::vector<std::int64_t> row_major_strides(const Shape& shape);
/// "(64, 3, 7, 7)", "()" for a scalar, "?" for an unknown dimension.
[[nodiscard]] std::string to_string(const Shape& shape);

}  // namespace evenkeel
