// SPDX-License-Identifier: Apache-2.0
// From the owner of a stream to a stored tensor of another layout, shard or element type.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "evenkeel/base/tensor_view.hpp"

namespace evenkeel::schemes {

/// The view with its blanks filled in: strides of the owner where it is the identity. Throws invalid_argument where it leaves the owner.
[[nodiscard]] View complete_view(const View& view, const TensorView& out, const Shape& owner);

/// Element strides of `out`, row-major where none are given.
[[nodiscard]] std::vector<std::int64_t> strides_of(const TensorView& out);

/// A line along the last axis of the stored tensor.
struct Line {
  std::int64_t number = 0;  // row-major
  std::int64_t index = 0;   // stream index of its first element
  std::int64_t place = 0;   // of its first element in `out`, in elements
  std::int64_t length = 0;
};
void for_each_line(const TensorView& out, const View& view, int threads, const std::function<void(const Line&)>& body);

/// out[x] = dense[view(x)], rounded once.
template <class T>
void gather(const TensorView& out, const View& view, std::span<const T> dense, int threads);

}  // namespace evenkeel::schemes
