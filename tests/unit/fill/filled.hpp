// SPDX-License-Identifier: Apache-2.0
// Fills a fresh buffer and returns its elements as doubles, or its bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/fill/fill.hpp"
#include "fill/element.hpp"

namespace evenkeel::test {

inline const DType floating_types[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::f8e4m3, DType::f8e5m2};

inline std::vector<std::uint8_t> filled_bytes(const Shape& shape, DType dtype, const Distribution& law, Stream stream,
                                              const FillOptions& options = {}) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(element_count(shape)) * size_of(dtype), 0xA5);
  fill({.data = bytes.data(), .dtype = dtype, .shape = shape, .strides = {}}, law, stream, options);
  return bytes;
}

inline std::vector<double> filled(std::int64_t count, DType dtype, const Distribution& law, Stream stream,
                                  const FillOptions& options = {}) {
  const std::vector<std::uint8_t> bytes = filled_bytes({count}, dtype, law, stream, options);
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < bytes.size(); at += size_of(dtype)) {
    std::uint64_t code = 0;
    for (std::size_t i = size_of(dtype); i-- > 0;) code = code << 8 | bytes[at + i];
    values.push_back(decode(dtype, code));
  }
  return values;
}

}  // namespace evenkeel::test
