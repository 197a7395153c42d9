// SPDX-License-Identifier: Apache-2.0
// Reductions, ArgMax and losses. The axes are an attribute or, from opset 13 or 18 on, an input.
#include <algorithm>

#include "graph/shapes/context.hpp"
#include "graph/shapes/scalar_functions.hpp"

namespace evenkeel::shapes {
namespace {

std::optional<Dims> reduced_dims(const Dims& dims, const std::vector<std::size_t>& axes, bool keep) {
  Dims result;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced) {
      result.push_back(dims[axis]);
    } else if (keep) {
      result.push_back(number(1));
    }
  }
  return result;
}

std::optional<std::vector<std::size_t>> reduced_axes(Context& c, std::int64_t rank) {
  const auto listed = c.attribute_or_input("axes", 1);
  if (!listed) return std::nullopt;
  std::vector<std::int64_t> axes = *listed;
  if (axes.empty() && integer_of(c.node, "noop_with_empty_axes", 0) == 0)
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  return normal_axes(axes, rank);
}

void reduce(Context& c) {
  const bool keep = integer_of(c.node, "keepdims", 1) != 0;
  c.set(0, c.in(0).dtype, std::nullopt);
  const auto rank = c.rank(0);
  if (!rank) {
    const bool all = !c.has_attribute("axes") && !c.has(1) && integer_of(c.node, "noop_with_empty_axes", 0) == 0;
    if (all && !keep) c.set(0, c.in(0).dtype, Dims{});
    return;
  }
  const auto axes = reduced_axes(c, *rank);
  if (axes) return c.set(0, c.in(0).dtype, reduced_dims(*c.dims(0), *axes, keep));
  if (keep) c.set_unknown_dims(0, c.in(0).dtype, *rank);
  const auto listed = known_count(c.dims(1), *rank);
  if (!keep && listed && *listed > 0) c.set_unknown_dims(0, c.in(0).dtype, *rank - *listed);
}

template <Binary function>
void reduce_list(Context& c) {
  reduce(c);
  const Facts& in = c.in(0);
  if (!in.content || in.content->empty() || !is_integral(in.dtype) || !in.dims || in.dims->size() != 1) return;
  const auto axes = reduced_axes(c, 1);
  if (!axes || axes->size() != 1) return;
  Element result = in.content->front();
  for (std::size_t i = 1; i < in.content->size(); ++i) result = function(c.symbols, in.dtype, result, (*in.content)[i]);
  c.out(0).content = Content{result};
}

void arg(Context& c) {
  c.set(0, DType::i64, std::nullopt);
  if (!c.dims(0)) return;
  const auto axis = normal_axis(integer_of(c.node, "axis", 0), *c.rank(0));
  if (axis) c.set(0, DType::i64, reduced_dims(*c.dims(0), {*axis}, integer_of(c.node, "keepdims", 1) != 0));
}

void loss(Context& c) {
  const bool single = text_of(c.node, "reduction", "mean") != "none";
  c.set(0, c.in(0).dtype, single ? std::optional<Dims>(Dims{}) : c.dims(1));
  c.set(1, c.in(0).dtype, c.dims(0));
}

constexpr Rule rules[] = {
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceLogSum", reduce},
    {"ReduceLogSumExp", reduce},
    {"ReduceMax", reduce_list<maximum>},
    {"ReduceMean", reduce},
    {"ReduceMin", reduce_list<minimum>},
    {"ReduceProd", reduce_list<multiply>},
    {"ReduceSum", reduce_list<add>},
    {"ReduceSumSquare", reduce},
    {"ArgMax", arg},
    {"ArgMin", arg},
    {"SoftmaxCrossEntropyLoss", loss},
    {"NegativeLogLikelihoodLoss", loss},
    {"ReduceSumInteger", reduce, "com.microsoft"},
};

}  // namespace

std::span<const Rule> reduction_rules() { return rules; }

}  // namespace evenkeel::shapes
