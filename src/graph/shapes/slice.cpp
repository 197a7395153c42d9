// SPDX-License-Identifier: Apache-2.0
// Slice in all versions, with unknown dimensions and bounds. A bound made of dimensions is taken to lie inside, as it does wherever a model
// runs.
#include <algorithm>
#include <limits>

#include "graph/shapes/slice.hpp"

namespace evenkeel::shapes {
namespace {

constexpr std::int64_t everything = std::numeric_limits<std::int32_t>::max();  // exporters write this or a greater number for "to the end"

struct Range {
  Element start;
  Element end;
  Element step;
};

struct Sliced {
  Element length;
  std::optional<std::int64_t> start;  // where known
};

Sliced slice_known(std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step) {
  const auto wrapped = [&](std::int64_t at) { return at < 0 ? (at < -size ? -1 : at + size) : at; };
  if (step > 0) {
    start = std::clamp<std::int64_t>(wrapped(start), 0, size);
    end = std::clamp<std::int64_t>(wrapped(end), 0, size);
    return {number(end > start ? (end - start - 1) / step + 1 : 0), start};
  }
  start = std::clamp<std::int64_t>(wrapped(start), size > 0 ? -1 : 0, std::max<std::int64_t>(size - 1, 0));
  start = std::max<std::int64_t>(start, 0);
  end = std::clamp<std::int64_t>(wrapped(end), -1, size - 1);
  if (step < -everything) step = -everything;
  return {number(start > end && size > 0 ? (start - end - 1) / -step + 1 : 0), start};
}

std::optional<Element> bound(Context& c, const Element& size, const Element& at) {
  if (!at.known()) return c.symbols.made_of_dimensions(at) ? std::optional<Element>(at) : std::nullopt;
  if (at.integer >= everything) return size;
  if (at.integer < -everything) return number(0);
  if (at.integer < 0) return c.symbols.add(size, at);
  return at.integer <= 1 ? at : c.symbols.minimum(at, size);
}

Sliced slice_dim(Context& c, const Element& size, const Range& range) {
  if (!range.step.known() || range.step.integer == 0) return {c.unknown_dim(), std::nullopt};
  const std::int64_t step = range.step.integer;
  if (size.known() && range.start.known() && range.end.known())
    return slice_known(size.integer, range.start.integer, range.end.integer, step);
  if (step < 0) {
    const bool whole = range.start.known() && range.end.known() && (range.start.integer == -1 || range.start.integer >= everything) &&
                       range.end.integer <= -everything;
    if (!whole || step < -everything) return {c.unknown_dim(), std::nullopt};
    return {c.symbols.ceil_divide(size, number(-step)), std::nullopt};
  }
  const auto start = bound(c, size, range.start);
  const auto end = bound(c, size, range.end);
  if (!start || !end) return {c.unknown_dim(), std::nullopt};
  const Element length = c.symbols.ceil_divide(c.symbols.subtract(*end, *start), range.step);
  if (length.known() && length.integer < 0) return {number(0), std::nullopt};
  return {length, std::nullopt};
}

std::optional<Content> attribute_list(Context& c, const char* name, std::size_t slot) {
  if (!c.has_attribute(name)) return c.list(slot);
  Content list;
  for (const std::int64_t value : integers_of(c.node, name)) list.push_back(number(value));
  return list;
}

std::optional<std::vector<std::size_t>> sliced_axes(Context& c, std::size_t count, std::int64_t rank) {
  if (c.has_attribute("axes") || c.has(3)) {
    const auto axes = c.has_attribute("axes") ? std::optional(integers_of(c.node, "axes")) : c.integers(3);
    return axes ? normal_axes(*axes, rank) : std::nullopt;
  }
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < count; ++i) axes.push_back(i);
  if (static_cast<std::int64_t>(count) > rank) return std::nullopt;
  return axes;
}

void slice_content(Context& c, const Dims& dims, const std::vector<std::optional<std::int64_t>>& starts,
                   const std::vector<std::int64_t>& steps) {
  const Facts& in = c.in(0);
  const auto count = known_count(dims);
  if (!in.content || !count || !all_known(*in.dims)) return;
  for (const auto& start : starts)
    if (!start) return;
  Content content;
  for (std::int64_t i = 0; i < *count; ++i) {
    std::int64_t rest = i;
    std::int64_t from = 0;
    std::int64_t stride = 1;
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      from += (*starts[axis] + (rest % dims[axis].integer) * steps[axis]) * stride;
      rest /= dims[axis].integer;
      stride *= (*in.dims)[axis].integer;
    }
    content.push_back((*in.content)[static_cast<std::size_t>(from)]);
  }
  c.out(0).content = std::move(content);
}

}  // namespace

void slice(Context& c) {
  const DType dtype = c.in(0).dtype;
  c.set(0, dtype, std::nullopt);
  if (!c.dims(0)) return;
  c.set_unknown_dims(0, dtype, *c.rank(0));
  const auto starts = attribute_list(c, "starts", 1);
  const auto ends = attribute_list(c, "ends", 2);
  const auto axes = starts ? sliced_axes(c, starts->size(), *c.rank(0)) : std::nullopt;
  if (!starts || !ends || !axes || starts->size() != ends->size() || axes->size() != starts->size()) return;
  const auto steps = c.has(4) ? c.list(4) : std::optional<Content>(Content(starts->size(), number(1)));
  if (!steps || steps->size() != starts->size()) return;
  Dims dims = *c.dims(0);
  std::vector<std::optional<std::int64_t>> first(dims.size(), 0);
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const Sliced sliced = slice_dim(c, dims[(*axes)[i]], {(*starts)[i], (*ends)[i], (*steps)[i]});
    dims[(*axes)[i]] = sliced.length;
    first[(*axes)[i]] = sliced.start;
    strides[(*axes)[i]] = (*steps)[i].integer;
  }
  slice_content(c, dims, first, strides);
  c.set(0, dtype, std::move(dims));
}

}  // namespace evenkeel::shapes
