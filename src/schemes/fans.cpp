// SPDX-License-Identifier: Apache-2.0
// True fans count the weights that meet in one output unit, and the output units that one input unit reaches, in the whole (unsharded)
// tensor. A framework's fans follow from its own storage of the same layer: PyTorch (out, in, k), Keras and Flax (k, in, out).
#include "evenkeel/schemes/fans.hpp"

#include <algorithm>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "schemes/axes.hpp"

namespace evenkeel {
namespace {

using schemes::Axes;
using schemes::Axis;

struct Sizes {
  double output = 1, input = 1, spatial = 1, batch = 1;
};

Sizes sizes_of(const Geometry& geometry, const Axes& axes, const Section* section) {
  Sizes sizes;
  for (std::size_t axis = 0; axis < axes.kinds.size(); ++axis) {
    const bool cut = section != nullptr && static_cast<int>(axis) == geometry.section_axis;
    const auto size = static_cast<double>(cut ? section->end - section->begin : geometry.shape[axis]);
    switch (axes.kinds[axis]) {
      case Axis::output:
        sizes.output *= size;
        break;
      case Axis::input:
        sizes.input *= size;
        break;
      case Axis::spatial:
        sizes.spatial *= size;
        break;
      case Axis::batch:
        sizes.batch *= size;
        break;
    }
  }
  return sizes;
}

Fans at_least_one(double fan_in, double fan_out) { return {std::max(1.0, fan_in), std::max(1.0, fan_out)}; }

bool is_table(Role role) noexcept { return role == Role::embedding || role == Role::position_embedding || role == Role::position_bias; }

bool is_depthwise(Role role) noexcept { return role == Role::depthwise_conv || role == Role::depthwise_transposed_conv; }

double groups_of(const Geometry& geometry, const Axes& axes) { return axes.group_axis < 0 ? 1 : static_cast<double>(geometry.groups); }

double stride_product(const Geometry& geometry) {
  double product = 1;
  for (const std::int64_t stride : geometry.stride) { product *= static_cast<double>(stride); }
  return product;
}

Fans exact_fans(const Geometry& geometry, const Axes& axes, const Section* section) {
  const Sizes sizes = sizes_of(geometry, axes, section);
  if (is_table(geometry.role)) {
    return at_least_one(1, sizes.output);  // one row is chosen: the input is one-hot
  }
  const double groups = groups_of(geometry, axes);
  if (axes.transposed) {
    // Mean over output positions; exact where the stride divides the kernel size.
    return at_least_one(sizes.input / groups * sizes.spatial / stride_product(geometry), sizes.output * sizes.spatial);
  }
  return at_least_one(sizes.input * sizes.spatial, sizes.output / groups * sizes.spatial);
}

// Sizes of the layer as a whole, in and out, from the stored axes of a (possibly grouped) convolution.
struct Channels {
  double in = 1, out = 1, groups = 1;
};

Channels channels_of(const Geometry& geometry, const Axes& axes, const Sizes& sizes) {
  const double groups = groups_of(geometry, axes);
  if (is_depthwise(geometry.role) && axes.group_axis < 0) {  // (h, w, C, M), or a single channel
    return {sizes.batch * sizes.input, sizes.batch * sizes.output, sizes.batch};
  }
  if (axes.transposed) { return {sizes.input, sizes.output * groups, groups}; }
  return {sizes.input * groups, sizes.output, groups};
}

Fans convolution_fans(const Geometry& geometry, const Axes& axes, const Sizes& sizes, FanRule rule) {
  const Channels c = channels_of(geometry, axes, sizes);
  const double k = sizes.spatial;
  if (axes.transposed) {
    if (rule == FanRule::jax) {
      return at_least_one(c.in / c.groups * k, c.out * k);  // (k, in, out), no stride
    }
    // PyTorch (in, out / g, k) and Keras (k, out, in): swapped, no stride.
    return at_least_one(c.out / c.groups * k, c.in * k);
  }
  if (rule == FanRule::keras && is_depthwise(geometry.role)) {
    return at_least_one(c.in * k, c.out / c.in * k);  // (k, C, M)
  }
  return at_least_one(c.in / c.groups * k, c.out * k);
}

// Sections of one name along the output axis are one projection, interleaved by heads: an input reaches the units of all of them.
Section with_namesakes(const Geometry& geometry, const Section& section) {
  if (geometry.role != Role::packed_qkv && geometry.role != Role::packed_dense) { return section; }
  std::int64_t size = 0;
  for (const Section& other : geometry.sections) {
    if (other.name == section.name) { size += other.end - other.begin; }
  }
  return {section.name, 0, size};
}

// Without sections: the framework's formula for the whole tensor.
Fans whole_fans(const Geometry& geometry, const Axes& axes, FanRule rule) {
  const Sizes sizes = sizes_of(geometry, axes, nullptr);
  switch (geometry.role) {
    case Role::embedding:
    case Role::position_embedding:
    case Role::position_bias:
      // PyTorch (V, d) reads as (out, in); Keras as (in, out); Flax passes out_axis = 0.
      return rule == FanRule::keras ? at_least_one(sizes.input, sizes.output) : at_least_one(sizes.output, sizes.input);
    case Role::expert_stack:
      // PyTorch (E, out, in): 1 is "in", the rest a receptive field. Keras and Flax (E, in, out).
      return rule == FanRule::pytorch ? at_least_one(sizes.output * sizes.input, sizes.batch * sizes.input)
                                      : at_least_one(sizes.batch * sizes.input, sizes.batch * sizes.output);
    case Role::per_head_in:
    case Role::per_head_out:
      if (rule == FanRule::keras) {
        const double leading = static_cast<double>(geometry.shape[0]);
        const std::size_t rank = geometry.shape.size();
        const double field = rank == 3 ? leading : 1;
        return at_least_one(field * static_cast<double>(geometry.shape[rank - 2]), field * static_cast<double>(geometry.shape[rank - 1]));
      }
      return at_least_one(sizes.input, sizes.output);  // PyTorch has Linear here; Flax's DenseGeneral flattens
    case Role::conv:
    case Role::grouped_conv:
    case Role::depthwise_conv:
    case Role::transposed_conv:
    case Role::grouped_transposed_conv:
    case Role::depthwise_transposed_conv:
      return convolution_fans(geometry, axes, sizes, rule);
    default:
      return at_least_one(sizes.input * sizes.spatial, sizes.output * sizes.spatial);
  }
}

}  // namespace

std::vector<Fans> section_fans_of(const Geometry& geometry, FanRule rule) {
  const DefaultFloatingPoint environment;
  if (!has_fans(geometry.role) && geometry.role != Role::unknown) {
    fail(ErrorCode::invalid_argument,
         "fans of " + schemes::describe(geometry) +
             ": a tensor of this role has none; use a scheme with numbers of its own, as zeros, ones or normal(std=0.02)");
  }
  const Axes axes = schemes::axes_of(geometry);
  // Flax has one matrix per gate and per projection: what it computes is right.
  const bool separate = rule == FanRule::exact || (rule == FanRule::jax && geometry.role != Role::expert_stack);
  std::vector<Fans> fans;
  if (geometry.sections.empty()) {
    fans.push_back(rule == FanRule::exact ? exact_fans(geometry, axes, nullptr) : whole_fans(geometry, axes, rule));
    return fans;
  }
  for (const Section& section : geometry.sections) {
    const Section together = with_namesakes(geometry, section);
    fans.push_back(separate ? exact_fans(geometry, axes, &together) : whole_fans(geometry, axes, rule));
  }
  return fans;
}

Fans fans_of(const Geometry& geometry) { return section_fans_of(geometry).front(); }

Fans framework_fans_of(const Geometry& geometry, FanRule rule) { return section_fans_of(geometry, rule).front(); }

}  // namespace evenkeel
