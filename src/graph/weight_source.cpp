// SPDX-License-Identifier: Apache-2.0
// Stored elements as doubles.
#include "evenkeel/graph/weight_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"

namespace evenkeel {
namespace {

template <class T, class Convert>
std::vector<double> convert(std::span<const std::byte> bytes, std::size_t count, Convert&& to_double) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    numbers[i] = static_cast<double>(to_double(element));
  }
  return numbers;
}

template <class T>
std::vector<double> convert(std::span<const std::byte> bytes, std::size_t count) {
  return convert<T>(bytes, count, [](T element) { return element; });
}

}  // namespace

TensorBytes WeightSource::read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const {
  TensorBytes whole = read(tensor);
  return {whole.bytes.subspan(begin, size), std::move(whole.owner)};
}

std::vector<double> numbers_of(const WeightSource& source, const Graph& graph, TensorId tensor, std::int64_t limit) {
  const StoredTensor& stored = graph.tensors.at(static_cast<std::size_t>(tensor));
  const std::size_t width = size_of(stored.dtype);
  if (width == 0) fail(ErrorCode::invalid_argument, "numbers_of: '" + stored.name + "' has no numeric dtype; ask for its bytes instead");
  const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 0, element_count(stored.shape)));
  if (const auto fill = source.find_fill(tensor)) return std::vector<double>(count, *fill);
  const TensorBytes content = source.read(tensor);
  if (content.bytes.size() < count * width) fail(ErrorCode::bad_file, "'" + stored.name + "' has fewer bytes than its shape asks for");
  switch (stored.dtype) {
    case DType::f64:
      return convert<double>(content.bytes, count);
    case DType::f32:
      return convert<float>(content.bytes, count);
    case DType::f16:
      return convert<std::uint16_t>(content.bytes, count, float_from_f16);
    case DType::bf16:
      return convert<std::uint16_t>(content.bytes, count, float_from_bf16);
    case DType::f8e4m3:
      return convert<std::uint8_t>(content.bytes, count, float_from_f8e4m3);
    case DType::f8e5m2:
      return convert<std::uint8_t>(content.bytes, count, float_from_f8e5m2);
    case DType::i8:
      return convert<std::int8_t>(content.bytes, count);
    case DType::i16:
      return convert<std::int16_t>(content.bytes, count);
    case DType::i32:
      return convert<std::int32_t>(content.bytes, count);
    case DType::i64:
      return convert<std::int64_t>(content.bytes, count);
    case DType::u16:
      return convert<std::uint16_t>(content.bytes, count);
    case DType::u32:
      return convert<std::uint32_t>(content.bytes, count);
    case DType::u64:
      return convert<std::uint64_t>(content.bytes, count);
    case DType::boolean:
      return convert<std::uint8_t>(content.bytes, count, [](std::uint8_t bit) { return bit != 0; });
    default:
      return convert<std::uint8_t>(content.bytes, count);
  }
}

}  // namespace evenkeel
