// SPDX-License-Identifier: Apache-2.0
#include "schemes/blocks.hpp"

#include <algorithm>

#include "schemes/axes.hpp"

namespace evenkeel::schemes {
namespace {

// All sums of one multiple of a stride per axis of the kind, in row-major order.
std::vector<std::int64_t> offsets_of(const std::vector<Axis>& kinds, Axis kind, const std::vector<std::int64_t>& lengths,
                                     const std::vector<std::int64_t>& strides) {
  std::vector<std::int64_t> offsets{0};
  for (std::size_t axis = 0; axis < kinds.size(); ++axis) {
    if (kinds[axis] != kind) continue;
    std::vector<std::int64_t> next;
    next.reserve(offsets.size() * static_cast<std::size_t>(lengths[axis]));
    for (const std::int64_t offset : offsets) {
      for (std::int64_t i = 0; i < lengths[axis]; ++i) next.push_back(offset + i * strides[axis]);
    }
    offsets = std::move(next);
  }
  return offsets;
}

}  // namespace

BlockSet make_blocks(const Geometry& geometry, bool whole) {
  Axes axes = axes_of(geometry);
  const bool heads = geometry.role == Role::per_head_in || geometry.role == Role::per_head_out;
  if (heads && !whole) { axes.kinds[geometry.layout.find('H')] = Axis::batch; }
  const auto strides = row_major_strides(geometry.shape);
  const std::int64_t groups = whole || axes.group_axis < 0 ? 1 : geometry.groups;
  const std::vector<Section> sections = whole ? std::vector<Section>{{"", 0, 0}} : sections_of(geometry);
  const bool cut = !whole && !geometry.sections.empty();

  BlockSet set;
  for (std::size_t axis = 0; axis < axes.kinds.size(); ++axis) {
    if (axes.kinds[axis] == Axis::spatial) set.kernel.push_back(geometry.shape[axis]);
  }
  std::vector<std::int64_t> group_steps;
  for (const Section& section : sections) {
    std::vector<std::int64_t> lengths = geometry.shape;
    if (cut) lengths[static_cast<std::size_t>(geometry.section_axis)] = section.end - section.begin;
    std::int64_t step = 0;
    if (groups > 1) {
      const auto axis = static_cast<std::size_t>(axes.group_axis);
      lengths[axis] /= groups;
      step = lengths[axis] * strides[axis];
    }
    group_steps.push_back(step);
    set.shapes.push_back({offsets_of(axes.kinds, Axis::output, lengths, strides), offsets_of(axes.kinds, Axis::input, lengths, strides),
                          offsets_of(axes.kinds, Axis::spatial, lengths, strides)});
  }
  for (const std::int64_t batch : offsets_of(axes.kinds, Axis::batch, geometry.shape, strides)) {
    for (std::size_t s = 0; s < sections.size(); ++s) {
      const std::int64_t begin = cut ? sections[s].begin * strides[static_cast<std::size_t>(geometry.section_axis)] : 0;
      for (std::int64_t g = 0; g < groups; ++g) set.blocks.push_back({batch + begin + g * group_steps[s], s});
    }
  }
  return set;
}

}  // namespace evenkeel::schemes
