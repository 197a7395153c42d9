// SPDX-License-Identifier: Apache-2.0
#include "graph/shapes/window.hpp"

#include <algorithm>

namespace evenkeel::shapes {

std::optional<Window> window_of(Context& c, std::optional<Dims> kernel_dims) {
  Window window;
  const auto kernel = integers_of(c.node, "kernel_shape");
  if (!kernel.empty()) {
    window.kernel = dims_of(kernel);
  } else if (kernel_dims) {
    window.kernel = *kernel_dims;
  } else {
    return std::nullopt;
  }
  const auto filled = [&](const char* name, std::size_t count, std::int64_t otherwise) {
    auto list = integers_of(c.node, name);
    if (list.empty()) list.assign(count, otherwise);
    return list;
  };
  window.strides = filled("strides", window.rank(), 1);
  window.dilations = filled("dilations", window.rank(), 1);
  window.pads = filled("pads", 2 * window.rank(), 0);
  window.auto_pad = text_of(c.node, "auto_pad", "NOTSET");
  window.ceil_mode = integer_of(c.node, "ceil_mode", 0) != 0;
  constexpr std::int64_t limit = std::int64_t{1} << 40;
  const auto sane = [&](const std::vector<std::int64_t>& list, std::size_t count, std::int64_t least) {
    return list.size() == count && std::all_of(list.begin(), list.end(), [&](std::int64_t v) { return v >= least && v < limit; });
  };
  if (!sane(window.strides, window.rank(), 1) || !sane(window.dilations, window.rank(), 1) || !sane(window.pads, 2 * window.rank(), -limit))
    return std::nullopt;
  return window;
}

Element window_output(Symbols& symbols, const Window& window, std::size_t axis, const Element& size) {
  const Element stride = number(window.strides[axis]);
  if (window.auto_pad.starts_with("SAME")) return symbols.ceil_divide(size, stride);
  const bool padded = window.auto_pad != "VALID";
  const std::int64_t begin = padded ? window.pads[axis] : 0;
  const std::int64_t end = padded ? window.pads[axis + window.rank()] : 0;
  const Element reach = symbols.multiply(symbols.subtract(window.kernel[axis], number(1)), number(window.dilations[axis]));
  const Element room = symbols.subtract(symbols.add(size, number(begin + end - 1)), reach);
  if (!window.ceil_mode) return symbols.add(symbols.floor_divide(room, stride), number(1));
  const Element count = symbols.add(symbols.ceil_divide(room, stride), number(1));
  if (!count.known() || !size.known()) return symbols.dimension();
  const bool beyond = (count.integer - 1) * stride.integer >= size.integer + begin;  // a window that would start in the end padding
  return beyond ? number(count.integer - 1) : count;
}

}  // namespace evenkeel::shapes
