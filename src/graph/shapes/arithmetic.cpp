// SPDX-License-Identifier: Apache-2.0
// Elementwise operators whose contents are followed, since exporters compute shapes with them.
#include "graph/shapes/context.hpp"
#include "graph/shapes/scalar_functions.hpp"

namespace evenkeel::shapes {
namespace {

std::int64_t limit_of(DType dtype) {
  if (is_integral(dtype)) return max_content;
  return dtype == DType::f32 || dtype == DType::f64 ? max_real_content : -1;
}

bool followed(const Facts& a) { return a.content && a.dims && all_known(*a.dims); }

template <Unary function>
void unary(Context& c) {
  c.copy(0, 0);
  const Facts& in = c.in(0);
  if (!in.content || limit_of(in.dtype) < static_cast<std::int64_t>(in.content->size())) return;
  Content content;
  content.reserve(in.content->size());
  for (const Element& element : *in.content) content.push_back(function(c.symbols, in.dtype, element));
  c.out(0).content = std::move(content);
}

// Content of a function of two broadcast operands, where both are followed.
template <typename Function>
std::optional<Content> zip(const std::optional<Dims>& dims, DType dtype, const Facts& a, const Facts& b, Function function) {
  if (!followed(a) || !followed(b)) return std::nullopt;
  const auto count = known_count(dims, limit_of(dtype));
  if (!count) return std::nullopt;
  Content content;
  content.reserve(static_cast<std::size_t>(*count));
  const bool plain = a.content->size() == b.content->size() && *count == static_cast<std::int64_t>(a.content->size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
    const std::size_t at = plain ? i : broadcast_position(i, *dims, *a.dims);
    const std::size_t bt = plain ? i : broadcast_position(i, *dims, *b.dims);
    content.push_back(function((*a.content)[at], (*b.content)[bt]));
  }
  return content;
}

DType common_type(const Facts& a, const Facts& b) { return a.dtype == DType::other ? b.dtype : a.dtype; }

std::optional<Dims> result_dims(Context& c, const Facts& a, const Facts& b) {
  if (c.node.domain.empty() && c.node.opset < 7) return a.dims;  // the second operand was broadcast to the first
  return broadcast(c.symbols, a.dims, b.dims);
}

Facts combine(Context& c, const Facts& a, const Facts& b, Binary function, DType result) {
  const DType dtype = common_type(a, b);
  Facts facts;
  facts.dtype = result == DType::other ? dtype : result;
  facts.dims = result_dims(c, a, b);
  if (a.dtype != b.dtype) return facts;
  facts.content = zip(facts.dims, dtype, a, b, [&](const Element& x, const Element& y) { return function(c.symbols, dtype, x, y); });
  return facts;
}

template <Binary function>
void binary(Context& c) {
  c.out(0) = combine(c, c.in(0), c.in(1), function, DType::other);
}

template <Binary function>
void comparison(Context& c) {
  c.out(0) = combine(c, c.in(0), c.in(1), function, DType::boolean);
}

template <Binary function>
void variadic(Context& c) {
  Facts facts = c.in(0);
  facts.data_dependent = false;
  if (limit_of(facts.dtype) < 0) facts.content.reset();
  for (std::size_t slot = 1; slot < c.input_count(); ++slot) facts = combine(c, facts, c.in(slot), function, DType::other);
  c.out(0) = std::move(facts);
}

void mod(Context& c) { integer_of(c.node, "fmod", 0) != 0 ? binary<c_modulo>(c) : binary<floor_modulo>(c); }

void pow(Context& c) {
  const Facts& base = c.in(0);
  const Facts& exponent = c.in(1);
  c.set(0, base.dtype, result_dims(c, base, exponent));
  c.out(0).content = zip(c.out(0).dims, base.dtype, base, exponent,
                         [&](const Element& x, const Element& y) { return power(base.dtype, x, exponent.dtype, y); });
}

void convert(Context& c, DType to) {
  const Facts& in = c.in(0);
  c.set(0, to, in.dims);
  if (!in.content || limit_of(to) < static_cast<std::int64_t>(in.content->size()) || limit_of(in.dtype) < 0) return;
  Content content;
  content.reserve(in.content->size());
  for (const Element& element : *in.content) content.push_back(cast(c.symbols, in.dtype, to, element));
  c.out(0).content = std::move(content);
}

void cast_to(Context& c) { convert(c, dtype_of_onnx(integer_of(c.node, "to", 0))); }
void cast_like(Context& c) { convert(c, c.in(1).dtype); }

void identity(Context& c) {
  c.out(0) = c.in(0);
  c.out(0).data_dependent = false;
}

void where(Context& c) {
  const Facts& condition = c.in(0);
  const DType dtype = common_type(c.in(1), c.in(2));
  const auto dims = broadcast(c.symbols, broadcast(c.symbols, condition.dims, c.dims(1)), c.dims(2));
  c.set(0, dtype, dims);
  if (!followed(c.in(1)) || !followed(c.in(2)) || !condition.dims || !all_known(*condition.dims)) return;
  const auto count = known_count(dims, limit_of(dtype));
  if (!count) return;
  Content content;
  content.reserve(static_cast<std::size_t>(*count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
    const Element& yes = (*c.in(1).content)[broadcast_position(i, *dims, *c.dims(1))];
    const Element& no = (*c.in(2).content)[broadcast_position(i, *dims, *c.dims(2))];
    const Element choice = condition.content ? (*condition.content)[broadcast_position(i, *dims, *condition.dims)] : unknown();
    if (choice.known()) {
      content.push_back(choice.integer != 0 ? yes : no);
    } else {
      content.push_back(is_integral(dtype) && same(yes, no) ? yes : unknown());
    }
  }
  c.out(0).content = std::move(content);
}

void clip(Context& c) {
  Facts facts = c.in(0);
  facts.data_dependent = false;
  c.copy(0, 0);
  if (c.has_attribute("min") || c.has_attribute("max") || limit_of(facts.dtype) < 0) return;
  const auto dims = facts.dims;
  if (c.has(1)) facts = combine(c, facts, c.in(1), maximum, DType::other);
  if (c.has(2)) facts = combine(c, facts, c.in(2), minimum, DType::other);
  c.out(0).content = std::move(facts.content);
}

void no_special_value(Context& c) {  // IsNaN, IsInf: known reals are finite
  c.set(0, DType::boolean, c.dims(0));
  if (const auto& content = c.in(0).content; content && all_known(*content)) c.out(0).content = Content(content->size(), number(0));
}

constexpr Rule rules[] = {
    {"Add", binary<add>},
    {"Sub", binary<subtract>},
    {"Mul", binary<multiply>},
    {"Div", binary<divide>},
    {"Mod", mod},
    {"Pow", pow},
    {"Max", variadic<maximum>},
    {"Min", variadic<minimum>},
    {"Sum", variadic<add>},
    {"Equal", comparison<equal>},
    {"Less", comparison<less>},
    {"LessOrEqual", comparison<less_or_equal>},
    {"Greater", comparison<greater>},
    {"GreaterOrEqual", comparison<greater_or_equal>},
    {"And", comparison<logical_and>},
    {"Or", comparison<logical_or>},
    {"Xor", comparison<logical_xor>},
    {"Not", unary<logical_not>},
    {"Neg", unary<negate>},
    {"Abs", unary<absolute>},
    {"Floor", unary<floor>},
    {"Ceil", unary<ceil>},
    {"Round", unary<round_half_even>},
    {"Sqrt", unary<square_root>},
    {"Reciprocal", unary<reciprocal>},
    {"Sign", unary<sign>},
    {"Cast", cast_to},
    {"CastLike", cast_like},
    {"Identity", identity},
    {"Where", where},
    {"Clip", clip},
    {"IsNaN", no_special_value},
    {"IsInf", no_special_value},
};

}  // namespace

std::span<const Rule> arithmetic_rules() { return rules; }

}  // namespace evenkeel::shapes
