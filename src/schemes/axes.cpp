// SPDX-License-Identifier: Apache-2.0
#include "schemes/axes.hpp"

#include <algorithm>

#include "evenkeel/base/error.hpp"

namespace evenkeel::schemes {
namespace {

[[noreturn]] void refuse(const Geometry& geometry, const std::string& expected) {
  fail(ErrorCode::invalid_argument, "geometry of " + describe(geometry) + ", layout '" + geometry.layout + "': expected " + expected);
}

bool is_transposed(Role role) noexcept {
  return role == Role::transposed_conv || role == Role::grouped_transposed_conv || role == Role::depthwise_transposed_conv;
}

bool is_table(Role role) noexcept { return role == Role::embedding || role == Role::position_embedding || role == Role::position_bias; }

// nullopt is never needed: an unknown letter is an error of its own.
Axis kind_of(char letter, const Geometry& geometry) {
  const bool multiplied = geometry.layout.find('M') != std::string::npos;
  switch (geometry.role) {
    case Role::per_head_in:
      if (letter == 'D') return Axis::input;
      if (letter == 'H' || letter == 'K') return Axis::output;
      break;
    case Role::per_head_out:
      if (letter == 'D') return Axis::output;
      if (letter == 'H' || letter == 'K') return Axis::input;
      break;
    default:
      break;
  }
  if (is_table(geometry.role)) {
    if (letter == 'V') return Axis::input;
    if (letter == 'E') return Axis::output;
  }
  switch (letter) {
    case 'O':
    case 'M':
      return Axis::output;
    case 'I':
    case 'C':
      return multiplied ? Axis::batch : Axis::input;  // (h, w, C, M): a kernel of its own for each channel
    case 'D':
    case 'H':
    case 'W':
      return Axis::spatial;
    case 'E':
    case 'G':
      return Axis::batch;
    default:
      refuse(geometry, std::string("letters of O I D H W E G V M K, got '") + letter + "'");
  }
}

void check_groups(const Geometry& geometry, Axes& axes) {
  if (geometry.groups < 1) { refuse(geometry, "groups of at least 1, got " + std::to_string(geometry.groups)); }
  if (geometry.groups == 1 || std::count(axes.kinds.begin(), axes.kinds.end(), Axis::batch) > 0) {
    return;  // one group, or the groups are an axis already
  }
  const Axis divided = axes.transposed ? Axis::input : Axis::output;
  axes.group_axis = static_cast<int>(std::find(axes.kinds.begin(), axes.kinds.end(), divided) - axes.kinds.begin());
  const std::int64_t size = geometry.shape[static_cast<std::size_t>(axes.group_axis)];
  if (size % geometry.groups != 0) {
    refuse(geometry, "a size that " + std::to_string(geometry.groups) + " groups divide, got " + std::to_string(size));
  }
}

}  // namespace

std::string describe(const Geometry& geometry) { return std::string(to_string(geometry.role)) + " " + to_string(geometry.shape); }

std::vector<Section> sections_of(const Geometry& geometry) {
  return geometry.sections.empty() ? std::vector<Section>{{"", 0, 0}} : geometry.sections;
}

void check_sections(const Geometry& geometry) {
  if (geometry.sections.empty()) { return; }
  if (geometry.section_axis < 0 || geometry.section_axis >= static_cast<int>(geometry.shape.size())) {
    refuse(geometry, "a section axis of the shape, got " + std::to_string(geometry.section_axis));
  }
  std::int64_t at = 0;
  for (const Section& section : geometry.sections) {
    if (section.begin != at || section.end < section.begin) {
      refuse(geometry, "sections one after the other from 0, got '" + section.name + "' at [" + std::to_string(section.begin) + ", " +
                           std::to_string(section.end) + ") where " + std::to_string(at) + " was due");
    }
    at = section.end;
  }
  const std::int64_t size = geometry.shape[static_cast<std::size_t>(geometry.section_axis)];
  if (at != size) {
    refuse(geometry, "sections that cover the axis of size " + std::to_string(size) + ", got an end at " + std::to_string(at));
  }
}

Axes axes_of(const Geometry& geometry) {
  if (geometry.layout.empty()) {
    refuse(geometry,
           "a declared layout (OI, IO, OIHW, ...), since fans are never guessed from the rank; declare it, or choose a scheme with a std "
           "of its own");
  }
  if (geometry.layout.size() != geometry.shape.size()) { refuse(geometry, "one letter per axis"); }
  Axes axes;
  axes.transposed = is_transposed(geometry.role);
  for (const char letter : geometry.layout) { axes.kinds.push_back(kind_of(letter, geometry)); }
  const auto spatial = static_cast<std::size_t>(std::count(axes.kinds.begin(), axes.kinds.end(), Axis::spatial));
  if (!geometry.stride.empty() && geometry.stride.size() != spatial) {
    refuse(geometry, "one stride per spatial axis (" + std::to_string(spatial) + "), got " + std::to_string(geometry.stride.size()));
  }
  if (std::any_of(geometry.stride.begin(), geometry.stride.end(), [](std::int64_t s) { return s < 1; })) {
    refuse(geometry, "strides of at least 1");
  }
  const bool one_unit = geometry.role == Role::dense && geometry.layout == "I";  // a vector that makes one number
  if (!one_unit && std::count(axes.kinds.begin(), axes.kinds.end(), Axis::output) == 0) { refuse(geometry, "an output axis (O)"); }
  const bool needs_input = std::count(axes.kinds.begin(), axes.kinds.end(), Axis::batch) == 0;
  if (needs_input && std::count(axes.kinds.begin(), axes.kinds.end(), Axis::input) == 0) { refuse(geometry, "an input axis (I)"); }
  check_groups(geometry, axes);
  check_sections(geometry);
  return axes;
}

}  // namespace evenkeel::schemes
