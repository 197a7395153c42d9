// SPDX-License-Identifier: Apache-2.0
// Products of dimensions are checked: shapes come from files.
#include "evenkeel/base/shape.hpp"

#include <algorithm>

#include "evenkeel/base/error.hpp"

namespace evenkeel {

std::int64_t element_count(const Shape& shape) {
  const auto negative = std::find_if(shape.begin(), shape.end(), [](std::int64_t d) { return d < 0; });
  if (negative != shape.end()) {
    fail(ErrorCode::invalid_argument, "element_count: expected dimensions of 0 or more, got shape " + to_string(shape) +
                                          "; a dimension that is unknown before the model runs has no count");
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::int64_t count = 1;
  for (const std::int64_t dimension : shape) {
    if (__builtin_mul_overflow(count, dimension, &count)) {
      fail(ErrorCode::invalid_argument, "element_count: expected fewer than 2^63 elements, got shape " + to_string(shape));
    }
  }
  return count;
}

std::vector<std::int64_t> row_major_strides(const Shape& shape) {
  static_cast<void>(element_count(shape));
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    // A dimension of 0 counts as 1: no element is ever reached, and the product stays within the checked range for the rest.
    if (__builtin_mul_overflow(strides[axis], std::max<std::int64_t>(shape[axis], 1), &strides[axis - 1])) {
      fail(ErrorCode::invalid_argument, "row_major_strides: expected strides below 2^63, got shape " + to_string(shape));
    }
  }
  return strides;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == -1 ? std::string("?") : std::to_string(shape[axis]);
  }
  return text + ")";
}

}  // namespace evenkeel
