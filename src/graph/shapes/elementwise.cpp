// SPDX-License-Identifier: Apache-2.0
// Operators whose outputs have the shape of an input, or the broadcast shape of all inputs, and whose contents are not followed.
#include <algorithm>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void like_first(Context& c) { c.copy(0, 0); }

void boolean_like_first(Context& c) { c.set(0, DType::boolean, c.dims(0)); }

std::optional<Dims> broadcast_all(Context& c) {
  std::optional<Dims> dims = c.dims(0);
  for (std::size_t slot = 1; slot < c.input_count(); ++slot) dims = broadcast(c.symbols, dims, c.dims(slot));
  return dims;
}

void broadcast_like_first(Context& c) { c.set(0, c.in(0).dtype, broadcast_all(c)); }

void prelu(Context& c) {  // the slope is broadcast to the input, before opset 7 in another way
  c.copy(0, 0);
}

void dropout(Context& c) {
  c.copy(0, 0);
  const DType mask = c.node.domain.empty() && c.node.opset < 10 ? c.in(0).dtype : DType::boolean;
  c.set(1, mask, c.dims(0));
}

void bias_dropout(Context& c) {
  c.copy(0, 0);
  c.set(1, DType::boolean, c.dims(0));
}

void string_like(Context& c) { c.set(0, DType::other, broadcast_all(c)); }

void bit_cast(Context& c) { c.set(0, dtype_of_onnx(integer_of(c.node, "to", 0)), c.dims(0)); }

void gated_halves(Context& c) {  // the last dimension holds a value and its gate
  if (!c.dims(0) || c.dims(0)->empty()) return;
  const auto axis = normal_axis(-1, *c.rank(0));
  if (!axis) return;
  Dims dims = *c.dims(0);
  dims[*axis] = c.symbols.floor_divide(dims[*axis], number(2));
  c.set(0, c.in(0).dtype, std::move(dims));
}

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"Acos", like_first},
    {"Acosh", like_first},
    {"Asin", like_first},
    {"Asinh", like_first},
    {"Atan", like_first},
    {"Atanh", like_first},
    {"BitShift", broadcast_like_first},
    {"BitwiseAnd", broadcast_like_first},
    {"BitwiseNot", like_first},
    {"BitwiseOr", broadcast_like_first},
    {"BitwiseXor", broadcast_like_first},
    {"BitCast", bit_cast},
    {"Celu", like_first},
    {"Cos", like_first},
    {"Cosh", like_first},
    {"CumProd", like_first},
    {"CumSum", like_first},
    {"Dropout", dropout},
    {"Elu", like_first},
    {"Erf", like_first},
    {"Exp", like_first},
    {"Gelu", like_first},
    {"HardSigmoid", like_first},
    {"HardSwish", like_first},
    {"Hardmax", like_first},
    {"LeakyRelu", like_first},
    {"Log", like_first},
    {"LogSoftmax", like_first},
    {"Mean", broadcast_like_first},
    {"Mish", like_first},
    {"PRelu", prelu},
    {"Relu", like_first},
    {"ReverseSequence", like_first},
    {"Scatter", like_first},
    {"ScatterElements", like_first},
    {"Selu", like_first},
    {"Shrink", like_first},
    {"Sigmoid", like_first},
    {"Sin", like_first},
    {"Sinh", like_first},
    {"Softmax", like_first},
    {"Softplus", like_first},
    {"Softsign", like_first},
    {"Swish", like_first},
    {"SwiGLU", like_first},
    {"Tan", like_first},
    {"Tanh", like_first},
    {"TensorScatter", like_first},
    {"ThresholdedRelu", like_first},
    {"Trilu", like_first},
    {"StringConcat", string_like},
    {"RegexFullMatch", boolean_like_first},
    {"ImageScaler", like_first},
    {"ParametricSoftplus", like_first},
    {"ScaledTanh", like_first},
    {"Affine", like_first},
    {"BiasGelu", like_first, microsoft},
    {"FastGelu", like_first, microsoft},
    {"Gelu", like_first, microsoft},
    {"QuickGelu", like_first, microsoft},
    {"BiasAdd", like_first, microsoft},
    {"BiasSoftmax", like_first, microsoft},
    {"BiasDropout", bias_dropout, microsoft},
    {"BitmaskDropout", like_first, microsoft},
    {"BiasSplitGelu", gated_halves, microsoft},
    {"Inverse", like_first, microsoft},
    {"Trilu", like_first, microsoft},
    {"QLinearSigmoid", like_first, microsoft},
    {"QLinearLeakyRelu", like_first, microsoft},
    {"QLinearSoftmax", like_first, microsoft},
};

}  // namespace

std::span<const Rule> elementwise_rules() { return rules; }

}  // namespace evenkeel::shapes
