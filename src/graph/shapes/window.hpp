// SPDX-License-Identifier: Apache-2.0
// Sizes of sliding windows, as convolutions and pooling share them.
#pragma once

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {

/// Attributes of a sliding window, one entry per spatial axis; pads hold all begins, then all ends.
struct Window {
  std::vector<Element> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;
  std::string auto_pad;
  bool ceil_mode = false;

  [[nodiscard]] std::size_t rank() const noexcept { return kernel.size(); }
};

/// Nothing where the attributes contradict each other. The kernel is the attribute, or else `kernel_dims`.
[[nodiscard]] std::optional<Window> window_of(Context& c, std::optional<Dims> kernel_dims);
[[nodiscard]] Element window_output(Symbols& symbols, const Window& window, std::size_t axis, const Element& size);

}  // namespace evenkeel::shapes
