// SPDX-License-Identifier: Apache-2.0
// Operators that pick or place elements by index: Gather, Slice, Scatter, TopK, OneHot, NonZero and their like.
#include <algorithm>
#include <cmath>

#include "graph/shapes/slice.hpp"

namespace evenkeel::shapes {
namespace {

void gather_content(Context& c) {
  const Facts& data = c.in(0);
  const Facts& indices = c.in(1);
  if (!data.content || !indices.content || !all_known(*data.dims) || !is_integral(indices.dtype)) return;
  const std::int64_t rows = data.dims->front().integer;
  if (rows <= 0) return;
  const std::int64_t chunk = static_cast<std::int64_t>(data.content->size()) / rows;
  if (chunk * static_cast<std::int64_t>(indices.content->size()) > max_content) return;
  Content content;
  for (const Element& index : *indices.content) {
    const auto row = index.known() ? normal_axis(index.integer, rows) : std::nullopt;
    for (std::int64_t i = 0; i < chunk; ++i)
      content.push_back(row ? (*data.content)[*row * static_cast<std::size_t>(chunk) + static_cast<std::size_t>(i)] : unknown());
  }
  c.out(0).content = std::move(content);
}

void gather(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || !c.dims(1)) return;
  const auto axis = normal_axis(integer_of(c.node, "axis", 0), *c.rank(0));
  if (!axis) return;
  const Dims& data = *c.dims(0);
  Dims dims(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(*axis));
  dims.insert(dims.end(), c.dims(1)->begin(), c.dims(1)->end());
  dims.insert(dims.end(), data.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, data.end());
  if (*axis == 0) gather_content(c);
  c.set(0, c.in(0).dtype, std::move(dims));
}

void gather_elements(Context& c) { c.set(0, c.in(0).dtype, c.dims(1)); }

void gather_nd(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || !c.dims(1) || c.dims(1)->empty() || !c.dims(1)->back().known()) return;
  const std::int64_t used = integer_of(c.node, "batch_dims", 0) + c.dims(1)->back().integer;
  if (used < 0 || used > *c.rank(0)) return;
  Dims dims(c.dims(1)->begin(), c.dims(1)->end() - 1);
  dims.insert(dims.end(), c.dims(0)->begin() + used, c.dims(0)->end());
  c.set(0, c.in(0).dtype, std::move(dims));
}

void scatter_nd(Context& c) {
  c.copy(0, 0);
  const auto& data = c.in(0).content;
  const auto indices = c.integers(1);
  if (!data || !indices || !c.dims(0) || c.dims(0)->size() != 1 || !is_integral(c.in(0).dtype)) return;
  if (text_of(c.node, "reduction", "none") != "none") return;
  auto updates = c.in(2).content;
  if (!updates) updates = Content(indices->size(), unknown());
  if (updates->size() != indices->size()) return;
  Content content = *data;
  for (std::size_t i = 0; i < indices->size(); ++i) {
    const auto at = normal_axis((*indices)[i], static_cast<std::int64_t>(content.size()));
    if (!at) return;
    content[*at] = (*updates)[i];
  }
  c.out(0).content = std::move(content);
}

Element first_of(Context& c, std::size_t slot) {
  const Facts& in = c.in(slot);
  if (!in.content || in.content->size() != 1) return c.unknown_dim();
  const Element element = in.content->front();
  if (!is_floating(in.dtype) || !element.known()) return element;
  return std::abs(element.real) < 1e15 ? number(static_cast<std::int64_t>(element.real)) : c.unknown_dim();
}

void one_hot(Context& c) {
  c.set(0, c.in(2).dtype, std::nullopt);
  if (!c.dims(0)) return;
  Dims dims = *c.dims(0);
  const auto axis = normal_axis(integer_of(c.node, "axis", -1), *c.rank(0) + 1);
  if (!axis) return;
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(*axis), first_of(c, 1));
  c.set(0, c.in(2).dtype, std::move(dims));
}

void non_zero(Context& c) {
  c.set_unknown_dims(0, DType::i64, 2);
  const Facts& in = c.in(0);
  if (!in.dims || in.dims->empty()) return;
  Dims dims{number(*c.rank(0)), c.unknown_dim()};
  if (in.content && is_integral(in.dtype) && all_known(*in.content) && in.dims->size() == 1) {
    Content places;
    for (std::size_t i = 0; i < in.content->size(); ++i)
      if ((*in.content)[i].integer != 0) places.push_back(number(static_cast<std::int64_t>(i)));
    dims[1] = number(static_cast<std::int64_t>(places.size()));
    c.out(0).content = std::move(places);
  }
  c.set(0, DType::i64, std::move(dims));
}

void top_k(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  c.set(1, DType::i64, std::nullopt);
  const auto axis = c.dims(0) ? normal_axis(integer_of(c.node, "axis", -1), *c.rank(0)) : std::nullopt;
  if (!axis) return;
  Dims dims = *c.dims(0);
  dims[*axis] = c.has_attribute("k") ? number(integer_of(c.node, "k", 0)) : first_of(c, 1);
  c.set(1, DType::i64, dims);
  c.set(0, c.in(0).dtype, std::move(dims));
}

void compress(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  Element kept = c.unknown_dim();
  if (const auto condition = c.integers(1))
    kept = number(std::count_if(condition->begin(), condition->end(), [](std::int64_t v) { return v != 0; }));
  if (!c.has_attribute("axis")) return c.set(0, c.in(0).dtype, Dims{kept});
  const auto axis = c.dims(0) ? normal_axis(integer_of(c.node, "axis", 0), *c.rank(0)) : std::nullopt;
  if (!axis) return;
  Dims dims = *c.dims(0);
  dims[*axis] = kept;
  c.set(0, c.in(0).dtype, std::move(dims));
}

void unique(Context& c) {
  const Element count = c.unknown_dim();
  c.set(1, DType::i64, Dims{count});
  c.set(3, DType::i64, Dims{count});
  c.set_unknown_dims(2, DType::i64, 1);
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.has_attribute("axis")) {
    c.set(0, c.in(0).dtype, Dims{count});
    if (c.dims(0)) c.set(2, DType::i64, Dims{product(c.symbols, *c.dims(0))});
    return;
  }
  const auto axis = c.dims(0) ? normal_axis(integer_of(c.node, "axis", 0), *c.rank(0)) : std::nullopt;
  if (!axis) return;
  Dims dims = *c.dims(0);
  c.set(2, DType::i64, Dims{dims[*axis]});
  dims[*axis] = count;
  c.set(0, c.in(0).dtype, std::move(dims));
}

void non_max_suppression(Context& c) { c.set(0, DType::i64, Dims{c.unknown_dim(), number(3)}); }

constexpr Rule rules[] = {
    {"Slice", slice},
    {"Gather", gather},
    {"GatherElements", gather_elements},
    {"GatherND", gather_nd},
    {"ScatterND", scatter_nd},
    {"OneHot", one_hot},
    {"NonZero", non_zero},
    {"TopK", top_k},
    {"Compress", compress},
    {"Unique", unique},
    {"NonMaxSuppression", non_max_suppression},
    {"GatherND", gather_nd, "com.microsoft"},
};

}  // namespace

std::span<const Rule> indexing_rules() { return rules; }

}  // namespace evenkeel::shapes
