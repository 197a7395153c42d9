// SPDX-License-Identifier: Apache-2.0
// What each axis of a declared layout is to a weight: output, input, tap of a kernel, or one of many separate matrices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/base/geometry.hpp"

namespace evenkeel::schemes {

enum class Axis : std::uint8_t { output, input, spatial, batch };

struct Axes {
  std::vector<Axis> kinds;  // per axis
  bool transposed = false;  // groups divide the inputs, strides divide fan_in
  int group_axis = -1;      // the axis that `groups` divides; -1: none
};

/// Checks layout, shape, groups, strides and sections against each other. Throws invalid_argument.
[[nodiscard]] Axes axes_of(const Geometry& geometry);
/// The geometry's sections, or one that is the whole.
[[nodiscard]] std::vector<Section> sections_of(const Geometry& geometry);
/// "conv (64, 3, 7, 7)", for messages.
[[nodiscard]] std::string describe(const Geometry& geometry);
/// Sections must lie on an axis of the shape and cover it without gap. Throws invalid_argument.
void check_sections(const Geometry& geometry);

}  // namespace evenkeel::schemes
