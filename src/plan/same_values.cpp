// SPDX-License-Identifier: Apache-2.0
// Read in parts, so that memory does not grow with the tensors.
#include "plan/same_values.hpp"

#include <algorithm>
#include <cstring>

namespace evenkeel {
namespace {

constexpr std::uint64_t part_size = 1 << 20;

bool same_in_order(const WeightSource& weights, TensorId a, TensorId b, std::uint64_t size) {
  for (std::uint64_t begin = 0; begin < size; begin += part_size) {
    const std::uint64_t length = std::min(part_size, size - begin);
    const TensorBytes left = weights.read_part(a, begin, length), right = weights.read_part(b, begin, length);
    if (std::memcmp(left.bytes.data(), right.bytes.data(), length) != 0) return false;
  }
  return true;
}

bool same_transposed(const WeightSource& weights, TensorId a, TensorId b, const Shape& shape, std::size_t width) {
  const TensorBytes left = weights.read(a), right = weights.read(b);
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    for (std::int64_t j = 0; j < shape[1]; ++j) {
      const auto at = static_cast<std::size_t>(i * shape[1] + j) * width, mirrored = static_cast<std::size_t>(j * shape[0] + i) * width;
      if (std::memcmp(left.bytes.data() + at, right.bytes.data() + mirrored, width) != 0) return false;
    }
  }
  return true;
}

}  // namespace

bool same_values(const Graph& graph, const WeightSource& weights, TensorId a, TensorId b, bool transposed) {
  if (a == b) return !transposed;
  const StoredTensor& left = graph.tensors[static_cast<std::size_t>(a)];
  const StoredTensor& right = graph.tensors[static_cast<std::size_t>(b)];
  Shape shape = right.shape;
  if (transposed) std::reverse(shape.begin(), shape.end());
  const std::size_t width = size_of(left.dtype);
  if (left.dtype != right.dtype || width == 0 || left.shape != shape || (transposed && shape.size() != 2)) return false;
  const auto size = static_cast<std::uint64_t>(element_count(left.shape)) * width;
  return transposed ? same_transposed(weights, a, b, left.shape, width) : same_in_order(weights, a, b, size);
}

}  // namespace evenkeel
