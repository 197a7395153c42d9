// SPDX-License-Identifier: Apache-2.0
// Memory that receives values, and which elements of the stream's tensor they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"

namespace evenkeel {

/// Borrowed memory of `shape` elements. `strides` in elements; empty means row-major.
struct TensorView {
  void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::int64_t> strides;
};

/// Maps a stored tensor onto the numbers of its stream: the element at coordinates x has the stream index offset + sum_k strides[k] * x[k].
/// `global` is the shape of the tensor that owns the stream. Shards, flat ranges, fused blocks, experts and transposed copies are all of
/// this form. An empty view (no global shape) means that the tensor owns its stream: row-major, offset 0.
struct View {
  Shape global;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;

  [[nodiscard]] bool is_identity() const noexcept { return global.empty() && strides.empty() && offset == 0; }
  bool operator==(const View&) const = default;
};

}  // namespace evenkeel
