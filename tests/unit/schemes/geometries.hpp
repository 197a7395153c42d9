// SPDX-License-Identifier: Apache-2.0
// Tensors the tests of schemes are made with, and a few lines to fill one and look at it.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/schemes/generate.hpp"

namespace evenkeel {

inline Geometry make(Role role, std::string layout, Shape shape, std::int64_t groups = 1, std::vector<std::int64_t> stride = {}) {
  return {role, std::move(layout), std::move(shape), groups, std::move(stride), {}, -1, {}};
}

inline Geometry sectioned(Geometry geometry, int axis, std::vector<Section> sections) {
  geometry.section_axis = axis;
  geometry.sections = std::move(sections);
  return geometry;
}

inline const Stream test_stream = make_stream(1, "layer.weight");

template <class T = float>
std::vector<T> generated(const std::string& scheme, const Geometry& geometry, Stream stream = test_stream, std::vector<Fans> fans = {},
                         int threads = 2) {
  std::vector<T> values(static_cast<std::size_t>(element_count(geometry.shape)), T{-77});
  const DType dtype = sizeof(T) == 4 ? DType::f32 : DType::f64;
  generate({values.data(), dtype, geometry.shape, {}}, parse_scheme(scheme), geometry, stream, fans, {.view = {}, .threads = threads});
  return values;
}

template <class T>
double root_mean_square(const std::vector<T>& values) {
  double sum = 0;
  for (const T value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

}  // namespace evenkeel
