// SPDX-License-Identifier: Apache-2.0
// Operators that make a tensor from a shape or from numbers, and those that read a shape: Shape, Size, ConstantOfShape, Range, Random*.
#include <algorithm>
#include <cmath>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void shape(Context& c) {
  c.set_unknown_dims(0, DType::i64, 1);
  if (!c.dims(0)) return;
  const std::int64_t rank = *c.rank(0);
  const auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t start = place(integer_of(c.node, "start", 0));
  const std::int64_t end = std::max(start, place(integer_of(c.node, "end", rank)));
  c.set(0, DType::i64, Dims{number(end - start)});
  c.out(0).content = Content(c.dims(0)->begin() + start, c.dims(0)->begin() + end);
}

void size(Context& c) {
  c.set(0, DType::i64, Dims{});
  if (c.dims(0)) c.out(0).content = Content{product(c.symbols, *c.dims(0))};
}

void constant_of_shape(Context& c) {
  const Facts* value = c.tensor("value");
  const DType dtype = value != nullptr ? value->dtype : DType::f32;
  c.set(0, dtype, std::nullopt);
  const auto target = c.list(0);
  if (!target) return;
  c.set(0, dtype, *target);
  const auto count = known_count(c.out(0).dims, is_integral(dtype) ? max_content : max_real_content);
  if (!count) return;
  if (value == nullptr) {
    c.out(0).content = Content(static_cast<std::size_t>(*count), real_number(0));
  } else if (value->content && value->content->size() == 1) {
    c.out(0).content = Content(static_cast<std::size_t>(*count), value->content->front());
  }
}

// The element as an integer, where it is one.
std::optional<Element> whole(const Facts& facts) {
  if (!facts.content || facts.content->size() != 1) return std::nullopt;
  const Element element = facts.content->front();
  if (element.symbol < 0) return std::nullopt;
  if (!is_floating(facts.dtype) || !element.known()) return element;
  if (std::abs(element.real) > 1e15 || element.real != std::floor(element.real)) return std::nullopt;
  return number(static_cast<std::int64_t>(element.real));
}

void range_of_reals(Context& c) {
  const auto start = c.reals(0);
  const auto limit = c.reals(1);
  const auto step = c.reals(2);
  if (!start || !limit || !step || start->size() != 1 || limit->size() != 1 || step->size() != 1 || (*step)[0] == 0) return;
  double span = (*limit)[0] - (*start)[0];
  if (c.in(0).dtype == DType::f32) span = static_cast<double>(static_cast<float>(span));
  const double count = std::ceil(span / (*step)[0]);
  if (std::abs(count) < 1e15) c.set(0, c.in(0).dtype, Dims{number(std::max<std::int64_t>(static_cast<std::int64_t>(count), 0))});
}

void range(Context& c) {
  const DType dtype = c.in(0).dtype;
  c.set_unknown_dims(0, dtype, 1);
  const auto start = whole(c.in(0));
  const auto limit = whole(c.in(1));
  const auto step = whole(c.in(2));
  if (!start || !limit || !step) return range_of_reals(c);
  if (!step->known() || step->integer == 0) return;
  Element count = c.symbols.ceil_divide(c.symbols.subtract(*limit, *start), *step);
  if (count.known()) count = number(std::max<std::int64_t>(count.integer, 0));
  if (!c.symbols.made_of_dimensions(count)) return;
  c.set(0, dtype, Dims{count});
  if (!count.known() || count.integer > max_content || !is_integral(dtype)) return;
  Content content;
  for (std::int64_t i = 0; i < count.integer; ++i) content.push_back(c.symbols.add(*start, c.symbols.multiply(number(i), *step)));
  c.out(0).content = std::move(content);
}

DType chosen_type(Context& c, DType otherwise) {
  return c.has_attribute("dtype") ? dtype_of_onnx(integer_of(c.node, "dtype", 0)) : otherwise;
}

void random(Context& c) {
  if (c.has_attribute("shape")) return c.set(0, chosen_type(c, DType::f32), dims_of(integers_of(c.node, "shape")));
  c.set(0, chosen_type(c, DType::f32), std::nullopt);
}

void random_like(Context& c) { c.set(0, chosen_type(c, c.in(0).dtype), c.dims(0)); }

void multinomial(Context& c) { c.set(0, chosen_type(c, DType::i32), Dims{c.dim(0, 0), number(integer_of(c.node, "sample_size", 1))}); }

void window(Context& c) {
  const auto length = c.list(0);
  const DType dtype = dtype_of_onnx(integer_of(c.node, "output_datatype", 1));
  c.set(0, dtype, Dims{length && length->size() == 1 ? length->front() : c.unknown_dim()});
}

void string_split(Context& c) {
  c.set(0, DType::other, std::nullopt);
  c.set(1, DType::i64, c.dims(0));
  if (!c.dims(0)) return;
  Dims dims = *c.dims(0);
  dims.push_back(c.unknown_dim());
  c.set(0, DType::other, std::move(dims));
}

constexpr Rule rules[] = {
    {"Shape", shape},
    {"Size", size},
    {"ConstantOfShape", constant_of_shape},
    {"Range", range},
    {"RandomNormal", random},
    {"RandomUniform", random},
    {"RandomNormalLike", random_like},
    {"RandomUniformLike", random_like},
    {"Bernoulli", random_like},
    {"EyeLike", random_like},
    {"Multinomial", multinomial},
    {"HannWindow", window},
    {"HammingWindow", window},
    {"BlackmanWindow", window},
    {"StringSplit", string_split},
    {"Range", range, "com.microsoft"},
};

}  // namespace

std::span<const Rule> creation_rules() { return rules; }

}  // namespace evenkeel::shapes
