// SPDX-License-Identifier: Apache-2.0
// Operators that arrange the elements of one tensor anew: Reshape, Transpose, Squeeze, Unsqueeze, Flatten.
#include <algorithm>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void keep_content(Context& c) { c.out(0).content = c.in(0).content; }

Element quotient_of_products(Context& c, Dims numerator, const Dims& denominator) {
  Dims rest;
  for (const Element& dim : denominator) {
    if (dim.is(0) || dim.symbol < 0) return c.unknown_dim();
    const auto match = std::find_if(numerator.begin(), numerator.end(), [&](const Element& e) { return same(e, dim); });
    if (match != numerator.end()) {
      numerator.erase(match);
    } else {
      rest.push_back(dim);
    }
  }
  return c.symbols.floor_divide(product(c.symbols, numerator), product(c.symbols, rest));
}

void reshape(Context& c) {
  const DType dtype = c.in(0).dtype;
  keep_content(c);
  c.set(0, dtype, std::nullopt);
  const auto target = c.has_attribute("shape") ? std::optional<Content>(Content{}) : c.list(1);
  if (!target) return;
  Dims dims = *target;
  if (c.has_attribute("shape"))
    for (const std::int64_t size : integers_of(c.node, "shape")) dims.push_back(number(size));
  const bool zero_copies = integer_of(c.node, "allowzero", 0) == 0;
  std::vector<std::size_t> open;
  std::optional<std::size_t> marked;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i].is(0) && zero_copies) dims[i] = c.dim(0, static_cast<std::int64_t>(i));
    if (dims[i].is(-1)) marked = i;
    if (!c.symbols.made_of_dimensions(dims[i])) open.push_back(i);
  }
  if (marked) {
    open.assign(1, *marked);
  } else {  // an unknown entry may be the -1
    for (const std::size_t i : open) dims[i] = c.unknown_dim();
    if (open.empty() && std::count_if(dims.begin(), dims.end(), [](const Element& e) { return !e.known(); }) == 1)
      open.push_back(
          static_cast<std::size_t>(std::find_if(dims.begin(), dims.end(), [](const Element& e) { return !e.known(); }) - dims.begin()));
    if (open.size() == 1 && !known_count(c.dims(0), INT32_MAX)) open.clear();
  }
  if (open.size() == 1) {
    Dims others = dims;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(open[0]));
    dims[open[0]] = c.dims(0) ? quotient_of_products(c, *c.dims(0), others) : c.unknown_dim();
  }
  c.set(0, dtype, std::move(dims));
}

void transpose(Context& c) {
  std::vector<std::int64_t> perm = integers_of(c.node, "perm");
  const auto rank = c.rank(0);
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!rank) {
    if (c.has_attribute("perm")) c.set_unknown_dims(0, c.in(0).dtype, static_cast<std::int64_t>(perm.size()));
    return;
  }
  if (!c.has_attribute("perm"))
    for (std::int64_t axis = *rank; axis-- > 0;) perm.push_back(axis);
  const auto axes = normal_axes(perm, *rank);
  if (!axes || static_cast<std::int64_t>(axes->size()) != *rank) return;
  const Dims& in = *c.dims(0);
  Dims dims;
  for (const std::size_t axis : *axes) dims.push_back(in[axis]);
  const auto count = known_count(dims);
  const auto& content = c.in(0).content;
  if (content && count && *count == static_cast<std::int64_t>(content->size())) {
    std::vector<std::size_t> strides(in.size(), 1);
    for (std::size_t axis = in.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * static_cast<std::size_t>(in[axis].integer);
    Content moved;
    for (std::size_t i = 0; i < content->size(); ++i) {
      std::size_t rest = i;
      std::size_t from = 0;
      for (std::size_t axis = dims.size(); axis-- > 0;) {
        const auto size = static_cast<std::size_t>(dims[axis].integer);
        from += (rest % size) * strides[(*axes)[axis]];
        rest /= size;
      }
      moved.push_back((*content)[from]);
    }
    c.out(0).content = std::move(moved);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

void squeeze(Context& c) {
  keep_content(c);
  c.set(0, c.in(0).dtype, std::nullopt);
  const bool given = c.has_attribute("axes") || c.has(1);
  const auto axes = c.attribute_or_input("axes", 1);
  const auto rank = c.rank(0);
  if (!rank || !axes) return;
  Dims dims;
  if (!given) {
    if (!all_known(*c.dims(0))) return;
    for (const Element& dim : *c.dims(0))
      if (!dim.is(1)) dims.push_back(dim);
  } else {
    const auto dropped = normal_axes(*axes, *rank);
    if (!dropped) return;
    for (std::size_t axis = 0; axis < c.dims(0)->size(); ++axis)
      if (std::find(dropped->begin(), dropped->end(), axis) == dropped->end()) dims.push_back((*c.dims(0))[axis]);
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

void unsqueeze(Context& c) {
  keep_content(c);
  c.set(0, c.in(0).dtype, std::nullopt);
  const auto axes = c.attribute_or_input("axes", 1);
  const auto rank = c.rank(0);
  if (!rank) return;
  if (!axes) {
    if (const auto length = known_count(c.dims(1), max_rank)) c.set_unknown_dims(0, c.in(0).dtype, *rank + *length);
    return;
  }
  const std::int64_t result_rank = *rank + static_cast<std::int64_t>(axes->size());
  if (result_rank > max_rank) return;
  const auto added = normal_axes(*axes, result_rank);
  if (!added) return;
  Dims dims(static_cast<std::size_t>(result_rank), number(0));
  for (const std::size_t axis : *added) {
    if (dims[axis].is(1)) return;  // an axis listed twice
    dims[axis] = number(1);
  }
  std::size_t next = 0;
  for (Element& dim : dims)
    if (!dim.is(1)) dim = (*c.dims(0))[next++];
  c.set(0, c.in(0).dtype, std::move(dims));
}

void flatten(Context& c) {
  keep_content(c);
  c.set_unknown_dims(0, c.in(0).dtype, 2);
  if (!c.dims(0)) return;
  std::int64_t axis = integer_of(c.node, "axis", 1);
  if (axis < 0) axis += *c.rank(0);
  if (axis < 0 || axis > *c.rank(0)) return;
  const std::span<const Element> all(*c.dims(0));
  const auto split = static_cast<std::size_t>(axis);
  c.set(0, c.in(0).dtype, Dims{product(c.symbols, all.first(split)), product(c.symbols, all.subspan(split))});
}

constexpr Rule rules[] = {
    {"Reshape", reshape}, {"Transpose", transpose}, {"Squeeze", squeeze}, {"Unsqueeze", unsqueeze}, {"Flatten", flatten},
};

}  // namespace

std::span<const Rule> movement_rules() { return rules; }

}  // namespace evenkeel::shapes
