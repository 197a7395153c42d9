// SPDX-License-Identifier: Apache-2.0
// A checked pair of strides per axis: where an element lies in memory and which number of the stream it is.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/base/tensor_view.hpp"

namespace evenkeel {

struct Axis {
  std::int64_t size;
  std::int64_t memory;  // stride in elements
  std::int64_t stream;  // stride in stream indices, of any sign
};

/// Axes of size 1 are gone and axes that continue each other are joined, so a whole tensor is one axis. No axis: one element.
struct Layout {
  std::vector<Axis> axes;
  std::int64_t offset = 0;  // stream index of the first element
  std::int64_t count = 0;
};

/// Throws invalid_argument for memory that overlaps itself and for a view that leaves its global shape.
[[nodiscard]] Layout make_layout(const TensorView& out, const View& view);

}  // namespace evenkeel
