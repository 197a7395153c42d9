// SPDX-License-Identifier: Apache-2.0
// Convolutions, transposed convolutions and pooling. Layout is (N, C, spatial...).
#include <algorithm>

#include "graph/shapes/window.hpp"

namespace evenkeel::shapes {
namespace {

std::optional<Dims> tail(const std::optional<Dims>& dims, std::size_t from) {
  if (!dims || dims->size() < from) return std::nullopt;
  return Dims(dims->begin() + static_cast<std::ptrdiff_t>(from), dims->end());
}

void convolve(Context& c, std::size_t weight, DType dtype) {
  c.set(0, dtype, std::nullopt);
  if (integer_of(c.node, "channels_last", 0) != 0) return;
  const auto window = window_of(c, tail(c.dims(weight), 2));
  const auto rank = window ? static_cast<std::int64_t>(window->rank()) + 2 : c.rank(0).value_or(c.rank(weight).value_or(-1));
  if (c.rank(0) && *c.rank(0) != rank) return;
  c.set_unknown_dims(0, dtype, rank);
  auto& dims = c.out(0).dims;
  if (!dims || dims->size() < 2) return;
  (*dims)[0] = c.dim(0, 0);
  (*dims)[1] = c.dim(weight, 0);
  if (!window) return;
  for (std::size_t axis = 0; axis < window->rank(); ++axis)
    (*dims)[axis + 2] = window_output(c.symbols, *window, axis, c.dim(0, static_cast<std::int64_t>(axis) + 2));
}

void conv(Context& c) { convolve(c, 1, c.in(0).dtype); }
void conv_integer(Context& c) { convolve(c, 1, DType::i32); }
void qlinear_conv(Context& c) { convolve(c, 3, c.in(7).dtype); }

void conv_transpose(Context& c) {
  const DType dtype = c.in(0).dtype;
  c.set(0, dtype, std::nullopt);
  const auto window = window_of(c, tail(c.dims(1), 2));
  const auto rank = window ? static_cast<std::int64_t>(window->rank()) + 2 : c.rank(0).value_or(-1);
  if (c.rank(0) && *c.rank(0) != rank) return;
  c.set_unknown_dims(0, dtype, rank);
  if (!window || !c.out(0).dims) return;
  Dims& dims = *c.out(0).dims;
  dims[0] = c.dim(0, 0);
  dims[1] = c.symbols.multiply(c.dim(1, 1), number(integer_of(c.node, "group", 1)));
  const auto stated = integers_of(c.node, "output_shape");
  auto extra = integers_of(c.node, "output_padding");
  if (extra.empty()) extra.assign(window->rank(), 0);
  if (extra.size() != window->rank()) return;
  for (std::size_t axis = 0; axis < window->rank(); ++axis) {
    Element& dim = dims[axis + 2];
    const Element size = c.dim(0, static_cast<std::int64_t>(axis) + 2);
    const Element stride = number(window->strides[axis]);
    if (!stated.empty()) {
      if (stated.size() >= window->rank()) dim = number(stated[stated.size() - window->rank() + axis]);
    } else if (window->auto_pad.starts_with("SAME")) {
      dim = c.symbols.multiply(size, stride);
    } else {
      const bool padded = window->auto_pad != "VALID";
      const std::int64_t pads = padded ? window->pads[axis] + window->pads[axis + window->rank()] : 0;
      const Element reach = c.symbols.multiply(c.symbols.subtract(window->kernel[axis], number(1)), number(window->dilations[axis]));
      dim = c.symbols.add(c.symbols.multiply(c.symbols.subtract(size, number(1)), stride), reach);
      dim = c.symbols.add(dim, c.symbols.subtract(number(extra[axis] + 1), number(pads)));
    }
  }
}

void pool(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  c.set(1, DType::i64, std::nullopt);
  if (integer_of(c.node, "channels_last", 0) != 0) return;
  const auto window = window_of(c, std::nullopt);
  if (!window || (c.rank(0) && *c.rank(0) != static_cast<std::int64_t>(window->rank()) + 2)) return;
  Dims dims{c.dim(0, 0), c.dim(0, 1)};
  for (std::size_t axis = 0; axis < window->rank(); ++axis)
    dims.push_back(window_output(c.symbols, *window, axis, c.dim(0, static_cast<std::int64_t>(axis) + 2)));
  c.set(1, DType::i64, dims);
  c.set(0, c.in(0).dtype, std::move(dims));
}

void global_pool(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->size() < 2 || integer_of(c.node, "channels_last", 0) != 0) return;
  Dims dims = *c.dims(0);
  for (std::size_t axis = 2; axis < dims.size(); ++axis) dims[axis] = number(1);
  c.set(0, c.in(0).dtype, std::move(dims));
}

void max_unpool(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (c.has(2)) {
    const auto target = c.list(2);
    if (target) c.set(0, c.in(0).dtype, *target);
    return;
  }
  const auto window = window_of(c, std::nullopt);
  if (!window || !c.dims(0) || c.dims(0)->size() != window->rank() + 2) return;
  Dims dims = *c.dims(0);
  for (std::size_t axis = 0; axis < window->rank(); ++axis) {
    const Element spread = c.symbols.multiply(c.symbols.subtract(dims[axis + 2], number(1)), number(window->strides[axis]));
    const Element pads = number(window->pads[axis] + window->pads[axis + window->rank()]);
    dims[axis + 2] = c.symbols.subtract(c.symbols.add(spread, window->kernel[axis]), pads);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

void max_roi_pool(Context& c) {
  const auto size = integers_of(c.node, "pooled_shape");
  c.set(0, c.in(0).dtype,
        Dims{c.dim(1, 0), c.dim(0, 1), size.size() == 2 ? number(size[0]) : c.unknown_dim(),
             size.size() == 2 ? number(size[1]) : c.unknown_dim()});
}

void roi_align(Context& c) {
  c.set(0, c.in(0).dtype,
        Dims{c.dim(1, 0), c.dim(0, 1), number(integer_of(c.node, "output_height", 1)), number(integer_of(c.node, "output_width", 1))});
}

void col2im(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  const auto image = c.list(1);
  if (!image) return;
  const auto block = c.list(2);
  Dims dims{c.dim(0, 0), block ? c.symbols.floor_divide(c.dim(0, 1), product(c.symbols, *block)) : c.unknown_dim()};
  dims.insert(dims.end(), image->begin(), image->end());
  c.set(0, c.in(0).dtype, std::move(dims));
}

void causal_conv(Context& c) {
  c.copy(0, 0);
  c.set(1, c.in(0).dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.symbols.subtract(c.dim(1, 2), number(1))});
}

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"Conv", conv},
    {"ConvInteger", conv_integer},
    {"QLinearConv", qlinear_conv},
    {"DeformConv", conv},
    {"ConvTranspose", conv_transpose},
    {"CausalConvWithState", causal_conv},
    {"MaxPool", pool},
    {"AveragePool", pool},
    {"LpPool", pool},
    {"GlobalAveragePool", global_pool},
    {"GlobalMaxPool", global_pool},
    {"GlobalLpPool", global_pool},
    {"MaxUnpool", max_unpool},
    {"MaxRoiPool", max_roi_pool},
    {"RoiAlign", roi_align},
    {"Col2Im", col2im},
    {"FusedConv", conv, microsoft},
    {"QLinearConv", qlinear_conv, microsoft},
    {"QLinearAveragePool", pool, microsoft},
    {"QLinearGlobalAveragePool", global_pool, microsoft},
};

}  // namespace

std::span<const Rule> convolution_rules() { return rules; }

}  // namespace evenkeel::shapes
