// SPDX-License-Identifier: Apache-2.0
// Floating codes are sign and magnitude, and magnitudes are ordered like integers: a neighbour is the next integer.
#include "fill/element.hpp"

#include <bit>

#include "evenkeel/base/half.hpp"

namespace evenkeel {
namespace {

std::uint64_t sign_bit(DType dtype) noexcept { return std::uint64_t{1} << (8 * size_of(dtype) - 1); }

// The value `steps` codes above `value`, which the type can hold.
double neighbour(DType dtype, double value, std::int64_t steps) noexcept {
  const std::uint64_t sign = sign_bit(dtype);
  const std::uint64_t bits = encode(dtype, value);
  const std::int64_t magnitude = static_cast<std::int64_t>(bits & ~sign);
  const std::int64_t order = ((bits & sign) != 0 ? -magnitude : magnitude) + steps;
  return decode(dtype, order < 0 ? sign | static_cast<std::uint64_t>(-order) : static_cast<std::uint64_t>(order));
}

}  // namespace

std::uint64_t encode(DType dtype, double value) noexcept {
  const float single = static_cast<float>(value);
  switch (dtype) {
    case DType::f64:
      return std::bit_cast<std::uint64_t>(value);
    case DType::f32:
      return std::bit_cast<std::uint32_t>(single);
    case DType::f16:
      return f16_from_float(single);
    case DType::bf16:
      return bf16_from_float(single);
    case DType::f8e4m3:
      return f8e4m3_from_float(single);
    case DType::f8e5m2:
      return f8e5m2_from_float(single);
    default:
      return 0;
  }
}

double decode(DType dtype, std::uint64_t bits) noexcept {
  switch (dtype) {
    case DType::f64:
      return std::bit_cast<double>(bits);
    case DType::f32:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case DType::f16:
      return static_cast<double>(float_from_f16(static_cast<std::uint16_t>(bits)));
    case DType::bf16:
      return static_cast<double>(float_from_bf16(static_cast<std::uint16_t>(bits)));
    case DType::f8e4m3:
      return static_cast<double>(float_from_f8e4m3(static_cast<std::uint8_t>(bits)));
    case DType::f8e5m2:
      return static_cast<double>(float_from_f8e5m2(static_cast<std::uint8_t>(bits)));
    default:
      return 0;
  }
}

double largest_finite(DType dtype) noexcept {
  switch (dtype) {
    case DType::f64:
      return decode(dtype, 0x7fefffffffffffff);
    case DType::f32:
      return decode(dtype, 0x7f7fffff);
    case DType::f16:
      return decode(dtype, 0x7bff);
    case DType::bf16:
      return decode(dtype, 0x7f7f);
    case DType::f8e4m3:
      return decode(dtype, 0x7e);
    case DType::f8e5m2:
      return decode(dtype, 0x7b);
    default:
      return 0;
  }
}

std::optional<double> least_from(DType dtype, double x) noexcept {
  const double largest = largest_finite(dtype);
  if (x > largest) return std::nullopt;
  if (x <= -largest) return -largest;
  const double nearest = decode(dtype, encode(dtype, x));
  return nearest < x ? neighbour(dtype, nearest, 1) : nearest;
}

std::optional<double> greatest_to(DType dtype, double x, Edge edge) noexcept {
  const double largest = largest_finite(dtype);
  if (x < -largest || (x == -largest && edge == Edge::excluded)) return std::nullopt;
  if (x > largest) return largest;
  const double nearest = decode(dtype, encode(dtype, x));
  const bool above = nearest > x || (nearest == x && edge == Edge::excluded);
  return above ? neighbour(dtype, nearest, -1) : nearest;
}

}  // namespace evenkeel
