// SPDX-License-Identifier: Apache-2.0
// Every element becomes a double, which is exact, and then the wanted type. From f64 to a short type the way leads through a float that is
// rounded to odd: it keeps enough bits for the second rounding to be the only one that counts.
#include "apply/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"

namespace evenkeel {
namespace {

constexpr std::size_t block = 1024;

template <class Code, class Decode>
void decode_as(const std::byte* in, std::span<double> out, Decode decode) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Code code;
    std::memcpy(&code, in + i * sizeof(Code), sizeof(Code));
    out[i] = static_cast<double>(decode(code));
  }
}

template <class Code, class Encode>
void encode_as(std::span<const double> in, std::byte* out, Encode encode) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Code code = encode(in[i]);
    std::memcpy(out + i * sizeof(Code), &code, sizeof(Code));
  }
}

float rounded_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  const bool exact = std::isnan(value) || static_cast<double>(nearest) == value;
  if (exact || (std::bit_cast<std::uint32_t>(nearest) & 1U) != 0) return nearest;
  const bool above = static_cast<double>(nearest) > value;
  return std::nextafter(nearest, above ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity());
}

void decode(DType dtype, const std::byte* in, std::span<double> out) {
  switch (dtype) {
    case DType::f64:
      return decode_as<double>(in, out, [](double x) { return x; });
    case DType::f32:
      return decode_as<float>(in, out, [](float x) { return x; });
    case DType::f16:
      return decode_as<std::uint16_t>(in, out, float_from_f16);
    case DType::bf16:
      return decode_as<std::uint16_t>(in, out, float_from_bf16);
    case DType::f8e4m3:
      return decode_as<std::uint8_t>(in, out, float_from_f8e4m3);
    case DType::f8e5m2:
      return decode_as<std::uint8_t>(in, out, float_from_f8e5m2);
    default:
      fail(ErrorCode::internal, fmt::format("convert_elements: {} is not floating", to_string(dtype)));
  }
}

void encode(DType dtype, std::span<const double> in, std::byte* out) {
  switch (dtype) {
    case DType::f64:
      return encode_as<double>(in, out, [](double x) { return x; });
    case DType::f32:
      return encode_as<float>(in, out, [](double x) { return static_cast<float>(x); });
    case DType::f16:
      return encode_as<std::uint16_t>(in, out, [](double x) { return f16_from_float(rounded_to_odd(x)); });
    case DType::bf16:
      return encode_as<std::uint16_t>(in, out, [](double x) { return bf16_from_float(rounded_to_odd(x)); });
    case DType::f8e4m3:
      return encode_as<std::uint8_t>(in, out, [](double x) { return f8e4m3_from_float(rounded_to_odd(x)); });
    case DType::f8e5m2:
      return encode_as<std::uint8_t>(in, out, [](double x) { return f8e5m2_from_float(rounded_to_odd(x)); });
    default:
      fail(ErrorCode::internal, fmt::format("convert_elements: {} is not floating", to_string(dtype)));
  }
}

// What was a number and is none any more, or was infinite and is so no more.
void check_range(std::span<const double> in, std::span<const double> written, DType to, std::string_view tensor) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool kept = std::isnan(in[i]) || (std::isinf(in[i]) ? in[i] == written[i] : std::isfinite(written[i]));
    if (kept) continue;
    fail(
        ErrorCode::invalid_argument,
        fmt::format("{}: the stored value {:g} is beyond the range of {}; take the values into a model of a wider type, or initialise this "
                    "tensor with --set {}=SCHEME",
                    tensor, in[i], to_string(to), tensor));
  }
}

// No code of the type has all of `mask` set but those of NaN and infinity.
template <class Code>
bool are_finite_codes(std::span<const std::byte> elements, Code mask) {
  for (std::size_t at = 0; at + sizeof(Code) <= elements.size(); at += sizeof(Code)) {
    Code code;
    std::memcpy(&code, elements.data() + at, sizeof(Code));
    if ((code & mask) == mask) return false;
  }
  return true;
}

}  // namespace

bool are_finite(std::span<const std::byte> elements, DType dtype) {
  switch (dtype) {
    case DType::f64:
      return are_finite_codes<std::uint64_t>(elements, std::uint64_t{0x7ff} << 52);
    case DType::f32:
      return are_finite_codes<std::uint32_t>(elements, 0x7f800000);
    case DType::f16:
      return are_finite_codes<std::uint16_t>(elements, 0x7c00);
    case DType::bf16:
      return are_finite_codes<std::uint16_t>(elements, 0x7f80);
    case DType::f8e4m3:
      return are_finite_codes<std::uint8_t>(elements, 0x7f);
    case DType::f8e5m2:
      return are_finite_codes<std::uint8_t>(elements, 0x7c);
    default:
      return true;
  }
}

void convert_elements(std::span<const std::byte> in, DType from, std::span<std::byte> out, DType to, std::string_view tensor) {
  if (from == to) {
    std::memcpy(out.data(), in.data(), out.size());
    return;
  }
  std::array<double, block> values{}, written{};
  const std::size_t width_in = size_of(from), width_out = size_of(to), count = out.size() / width_out;
  for (std::size_t begin = 0; begin < count; begin += block) {
    const std::size_t length = std::min(block, count - begin);
    const std::span<double> part(values.data(), length);
    std::byte* target = out.data() + begin * width_out;
    decode(from, in.data() + begin * width_in, part);
    encode(to, part, target);
    if (to == DType::f64) continue;
    decode(to, target, std::span<double>(written.data(), length));
    check_range(part, std::span<const double>(written.data(), length), to, tensor);
  }
}

}  // namespace evenkeel
