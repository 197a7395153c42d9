// SPDX-License-Identifier: Apache-2.0
// Fans from a declared layout and role. fan_in: weights summed into one output unit; fan_out: output units one input unit reaches.
#pragma once

#include <vector>

#include "evenkeel/base/geometry.hpp"

namespace evenkeel {

/// Doubles: a strided transposed convolution has a mean fan_in that need not be whole. Never below 1 for a role with fans.
struct Fans {
  double fan_in = 0;
  double fan_out = 0;
  bool operator==(const Fans&) const = default;
};

/// Which fans: the true ones, or those that a framework computes for the same layer in its own storage, right or not, so that a recipe
/// named after it gives its own std (schemes of several matrices count as one there). keras: the rule up to 2025; jax: Flax's layers.
enum class FanRule { exact, pytorch, keras, jax };

/// Fans of the whole tensor or, where it is packed, of its first section. Throws invalid_argument for a role without fans or a layout that
/// does not fit the shape.
[[nodiscard]] Fans fans_of(const Geometry& geometry);
/// One per section; a single one for a tensor without sections.
[[nodiscard]] std::vector<Fans> section_fans_of(const Geometry& geometry, FanRule rule = FanRule::exact);
/// Of the first section.
[[nodiscard]] Fans framework_fans_of(const Geometry& geometry, FanRule rule);

}  // namespace evenkeel
