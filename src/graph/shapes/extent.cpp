// SPDX-License-Identifier: Apache-2.0
// Operators that repeat, join, cut or pad tensors: Expand, Tile, Concat, Split, Pad, DepthToSpace and their like.
#include <algorithm>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void expand(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  auto target = c.list(1);
  if (!target || !c.dims(0)) return;
  for (Element& size : *target)
    if (size.known() && size.integer < 0) size = number(1);
  const auto dims = broadcast(c.symbols, c.dims(0), std::optional<Dims>(*target));
  c.set(0, c.in(0).dtype, dims);
  const auto count = known_count(dims);
  if (!count || !c.in(0).content || !all_known(*c.dims(0)) || (is_floating(c.in(0).dtype) && *count > max_real_content)) return;
  Content content;
  content.reserve(static_cast<std::size_t>(*count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i)
    content.push_back((*c.in(0).content)[broadcast_position(i, *dims, *c.dims(0))]);
  c.out(0).content = std::move(content);
}

void tile(Context& c) {
  const auto rank = c.rank(0);
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!rank) {
    if (c.node.opset >= 6)
      if (const auto length = known_count(c.dims(1), max_rank)) c.set_unknown_dims(0, c.in(0).dtype, *length);
    return;
  }
  c.set_unknown_dims(0, c.in(0).dtype, *rank);
  const auto repeats = c.list(1);
  if (!repeats || c.node.opset < 6 || repeats->size() != c.dims(0)->size()) return;
  Dims dims;
  for (std::size_t axis = 0; axis < repeats->size(); ++axis) {
    const Element& repeat = (*repeats)[axis];
    dims.push_back(c.symbols.made_of_dimensions(repeat) ? c.symbols.multiply((*c.dims(0))[axis], repeat) : c.unknown_dim());
  }
  const auto& content = c.in(0).content;
  if (const auto count = known_count(dims); content && count && !content->empty() && dims.size() == 1 && is_integral(c.in(0).dtype)) {
    Content tiled;
    for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) tiled.push_back((*content)[i % content->size()]);
    c.out(0).content = std::move(tiled);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

std::optional<Dims> common_dims(Context& c, std::int64_t axis_attribute, std::size_t& axis) {
  std::optional<Dims> dims;
  for (std::size_t slot = 0; slot < c.input_count(); ++slot) {
    if (!c.dims(slot)) continue;
    if (!dims) {
      dims = c.dims(slot);
      const auto at = normal_axis(axis_attribute, *c.rank(slot));
      if (!at) return std::nullopt;
      axis = *at;
    }
    if (dims->size() != c.dims(slot)->size()) return std::nullopt;
    for (std::size_t i = 0; i < dims->size(); ++i)
      if (i != axis && (*c.dims(slot))[i].known()) (*dims)[i] = (*c.dims(slot))[i];
  }
  return dims;
}

void concat_content(Context& c, const Dims& dims, std::size_t axis) {
  if (!is_integral(c.in(0).dtype) && !is_floating(c.in(0).dtype)) return;
  const auto count = known_count(dims, is_integral(c.in(0).dtype) ? max_content : max_real_content);
  if (!count) return;
  std::vector<Content> parts;
  for (std::size_t slot = 0; slot < c.input_count(); ++slot) {
    auto part = is_integral(c.in(0).dtype) ? c.list(slot) : c.in(slot).content;
    if (!part || !c.dims(slot) || !all_known(*c.dims(slot))) return;
    parts.push_back(std::move(*part));
  }
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(dims[i].integer);
  if (outer == 0) return;
  Content content;
  for (std::size_t row = 0; row < outer; ++row)
    for (const Content& part : parts) {
      const std::size_t chunk = part.size() / outer;
      content.insert(content.end(), part.begin() + static_cast<std::ptrdiff_t>(row * chunk),
                     part.begin() + static_cast<std::ptrdiff_t>((row + 1) * chunk));
    }
  c.out(0).content = std::move(content);
}

void concat(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  std::size_t axis = 0;
  auto dims = common_dims(c, integer_of(c.node, "axis", 1), axis);
  if (!dims) return;
  Element sum = number(0);
  for (std::size_t slot = 0; slot < c.input_count(); ++slot)
    sum = c.symbols.add(sum, c.dims(slot) ? (*c.dims(slot))[axis] : c.unknown_dim());
  (*dims)[axis] = sum;
  concat_content(c, *dims, axis);
  c.set(0, c.in(0).dtype, std::move(dims));
}

std::optional<Content> part_sizes(Context& c, const Element& whole) {
  const auto parts = static_cast<std::int64_t>(c.output_count());
  Content sizes;
  if (c.has_attribute("split")) {
    for (const std::int64_t size : integers_of(c.node, "split")) sizes.push_back(number(size));
  } else if (c.has(1)) {
    auto list = c.list(1);
    if (!list) return std::nullopt;
    sizes = std::move(*list);
  } else if (c.has_attribute("num_outputs")) {
    const Element chunk = c.symbols.ceil_divide(whole, number(integer_of(c.node, "num_outputs", parts)));
    for (std::int64_t i = 0; i < parts; ++i) {
      if (!chunk.known() || !whole.known()) {
        sizes.push_back(c.unknown_dim());
      } else {
        sizes.push_back(number(std::clamp<std::int64_t>(whole.integer - i * chunk.integer, 0, chunk.integer)));
      }
    }
  } else {
    sizes.assign(static_cast<std::size_t>(parts), c.symbols.floor_divide(whole, number(std::max<std::int64_t>(parts, 1))));
  }
  return sizes;
}

void split(Context& c) {
  for (std::size_t i = 0; i < c.output_count(); ++i) c.set(i, c.in(0).dtype, std::nullopt);
  const auto axis = c.dims(0) ? normal_axis(integer_of(c.node, "axis", 0), *c.rank(0)) : std::nullopt;
  if (!axis) return;
  const auto sizes = part_sizes(c, (*c.dims(0))[*axis]);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < c.output_count(); ++i) {
    Dims dims = *c.dims(0);
    dims[*axis] = sizes && i < sizes->size() ? (*sizes)[i] : c.unknown_dim();
    const Element size = dims[*axis];
    c.set(i, c.in(0).dtype, std::move(dims));
    if (!size.known() || size.integer < 0 || begin < 0) {
      begin = -1;
      continue;
    }
    const auto& content = c.in(0).content;
    if (content && c.dims(0)->size() == 1 && begin <= max_content && size.integer <= static_cast<std::int64_t>(content->size()) - begin)
      c.out(i).content = Content(content->begin() + begin, content->begin() + begin + size.integer);
    begin = size.integer > max_content ? -1 : begin + size.integer;
  }
}

void depth_to_space(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->size() < 3) return;
  Dims dims = *c.dims(0);
  const Element block = number(integer_of(c.node, "blocksize", 0));
  if (block.integer <= 0) return;
  for (std::size_t axis = 2; axis < dims.size(); ++axis) {
    dims[1] = c.symbols.floor_divide(dims[1], block);
    dims[axis] = c.symbols.multiply(dims[axis], block);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

void space_to_depth(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->size() < 3) return;
  Dims dims = *c.dims(0);
  const Element block = number(integer_of(c.node, "blocksize", 0));
  if (block.integer <= 0) return;
  for (std::size_t axis = 2; axis < dims.size(); ++axis) {
    dims[1] = c.symbols.multiply(dims[1], block);
    dims[axis] = c.symbols.floor_divide(dims[axis], block);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

std::optional<Content> pads_of(Context& c) {
  for (const char* name : {"pads", "paddings"})
    if (c.has_attribute(name)) {
      Content pads;
      for (const std::int64_t pad : integers_of(c.node, name)) pads.push_back(number(pad));
      return pads;
    }
  return c.list(1);
}

void pad(Context& c) {
  const auto pads = pads_of(c);
  const auto rank = c.rank(0);
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!rank) {
    if (pads && !c.has(3)) c.set_unknown_dims(0, c.in(0).dtype, static_cast<std::int64_t>(pads->size() / 2));
    return;
  }
  c.set_unknown_dims(0, c.in(0).dtype, *rank);
  if (!pads || pads->size() % 2 != 0) return;
  const std::size_t half = pads->size() / 2;
  std::vector<std::size_t> axes;
  if (c.has(3)) {
    const auto listed = c.integers(3);
    const auto normal = listed ? normal_axes(*listed, *rank) : std::nullopt;
    if (!normal) return;
    axes = *normal;
  } else {
    for (std::size_t i = 0; i < c.dims(0)->size(); ++i) axes.push_back(i);
  }
  if (axes.size() != half) return;
  Dims dims = *c.dims(0);
  for (std::size_t i = 0; i < half; ++i) dims[axes[i]] = c.symbols.add(dims[axes[i]], c.symbols.add((*pads)[i], (*pads)[half + i]));
  c.set(0, c.in(0).dtype, std::move(dims));
}

void center_crop_pad(Context& c) {
  const auto rank = c.rank(0);
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!rank) return;
  c.set_unknown_dims(0, c.in(0).dtype, *rank);
  std::vector<std::int64_t> listed = integers_of(c.node, "axes");
  if (!c.has_attribute("axes"))
    for (std::int64_t i = 0; i < *rank; ++i) listed.push_back(i);
  const auto axes = normal_axes(listed, *rank);
  const auto sizes = c.list(1);
  if (!axes || !sizes || sizes->size() != axes->size()) return;
  Dims dims = *c.dims(0);
  for (std::size_t i = 0; i < axes->size(); ++i) dims[(*axes)[i]] = (*sizes)[i];
  c.set(0, c.in(0).dtype, std::move(dims));
}

constexpr Rule rules[] = {
    {"Expand", expand},
    {"Tile", tile},
    {"Concat", concat},
    {"Split", split},
    {"DepthToSpace", depth_to_space},
    {"SpaceToDepth", space_to_depth},
    {"Pad", pad},
    {"CenterCropPad", center_crop_pad},
    {"Pad", pad, "com.microsoft"},
};

}  // namespace

std::span<const Rule> extent_rules() { return rules; }

}  // namespace evenkeel::shapes
