// SPDX-License-Identifier: Apache-2.0
// Resize, Upsample and sampling on grids.
#include <algorithm>
#include <cmath>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

// The product is taken in float32, as runtimes do.
Element scaled(Context& c, const Element& size, double scale) {
  if (scale == std::floor(scale) && scale >= 0 && scale < 1e6) return c.symbols.multiply(size, number(static_cast<std::int64_t>(scale)));
  if (!size.known()) return c.unknown_dim();
  const float result = std::floor(static_cast<float>(size.integer) * static_cast<float>(scale));
  return result >= 0 && result < 1e15F ? number(static_cast<std::int64_t>(result)) : c.unknown_dim();
}

std::optional<std::vector<std::size_t>> resized_axes(Context& c, std::int64_t rank) {
  std::vector<std::int64_t> axes = integers_of(c.node, "axes");
  if (!c.has_attribute("axes"))
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  return normal_axes(axes, rank);
}

void resize_by(Context& c, std::optional<std::size_t> scales_slot, std::optional<std::size_t> sizes_slot) {
  const DType dtype = c.in(0).dtype;
  c.set(0, dtype, std::nullopt);
  const auto sizes = sizes_slot ? c.list(*sizes_slot) : std::nullopt;
  const bool by_size = sizes && !sizes->empty();
  auto scales = scales_slot && !by_size ? c.reals(*scales_slot) : std::nullopt;
  if (!scales && c.has_attribute("scales")) {
    const auto found = c.node.attributes.find("scales");
    if (const auto* list = std::get_if<std::vector<double>>(&found->second)) scales = *list;
  }
  if (!c.dims(0)) {
    if (c.has_attribute("axes")) return;
    if (by_size) c.set_unknown_dims(0, dtype, static_cast<std::int64_t>(sizes->size()));
    if (scales && !scales->empty()) c.set_unknown_dims(0, dtype, static_cast<std::int64_t>(scales->size()));
    return;
  }
  c.set_unknown_dims(0, dtype, *c.rank(0));
  const auto axes = resized_axes(c, *c.rank(0));
  if (!axes || text_of(c.node, "keep_aspect_ratio_policy", "stretch") != "stretch") return;
  const std::size_t given = by_size ? sizes->size() : scales ? scales->size() : 0;
  if (given != axes->size() || given == 0) return;
  Dims dims = *c.dims(0);
  for (std::size_t i = 0; i < given; ++i) {
    Element& dim = dims[(*axes)[i]];
    dim = by_size ? (*sizes)[i] : scaled(c, dim, (*scales)[i]);
  }
  c.set(0, dtype, std::move(dims));
}

void resize(Context& c) {
  if (c.input_count() == 2 || c.node.opset < 11) return resize_by(c, 1, std::nullopt);
  resize_by(c, c.has(2) ? std::optional<std::size_t>(2) : std::nullopt, c.has(3) ? std::optional<std::size_t>(3) : std::nullopt);
}

void upsample(Context& c) { resize_by(c, c.has(1) ? std::optional<std::size_t>(1) : std::nullopt, std::nullopt); }

void grid_sample(Context& c) {
  const std::size_t known = c.dims(0) ? 0 : 1;
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.rank(known) || *c.rank(known) < 3) return;
  Dims dims{c.dim(0, 0), c.dim(0, 1)};
  for (std::int64_t axis = 1; axis + 1 < *c.rank(known); ++axis) dims.push_back(c.dim(1, axis));
  c.set(0, c.in(0).dtype, std::move(dims));
}

void affine_grid(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  const auto size = c.list(1);
  if (!size || size->size() < 3) return;
  Dims dims{size->front()};
  dims.insert(dims.end(), size->begin() + 2, size->end());
  dims.push_back(number(static_cast<std::int64_t>(size->size()) - 2));
  c.set(0, c.in(0).dtype, std::move(dims));
}

void image_decoder(Context& c) {
  c.set(0, DType::u8, Dims{c.unknown_dim(), c.unknown_dim(), number(text_of(c.node, "pixel_format", "RGB") == "Grayscale" ? 1 : 3)});
}

constexpr Rule rules[] = {
    {"Resize", resize},          {"Upsample", upsample},          {"GridSample", grid_sample},
    {"AffineGrid", affine_grid}, {"ImageDecoder", image_decoder}, {"GridSample", grid_sample, "com.microsoft"},
};

}  // namespace

std::span<const Rule> resampling_rules() { return rules; }

}  // namespace evenkeel::shapes
