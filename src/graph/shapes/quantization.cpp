// SPDX-License-Identifier: Apache-2.0
// Quantize, dequantize and the elementwise operators on quantized tensors.
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void quantize(Context& c) {
  DType dtype = DType::u8;
  if (c.has(2)) {
    dtype = c.in(2).dtype;
  } else if (integer_of(c.node, "output_dtype", 0) != 0) {
    dtype = dtype_of_onnx(integer_of(c.node, "output_dtype", 0));
  }
  c.set(0, dtype, c.dims(0));
}

void dequantize(Context& c) {
  const std::int64_t stated = integer_of(c.node, "output_dtype", 0);
  c.set(0, stated != 0 ? dtype_of_onnx(stated) : c.in(1).dtype, c.dims(0));
}

void dynamic_quantize(Context& c) {
  c.set(0, DType::u8, c.dims(0));
  c.set(1, DType::f32, Dims{});
  c.set(2, DType::u8, Dims{});
}

void qlinear_binary(Context& c) { c.set(0, c.in(0).dtype, broadcast(c.symbols, c.dims(0), c.dims(3))); }

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"QuantizeLinear", quantize},
    {"DequantizeLinear", dequantize},
    {"DynamicQuantizeLinear", dynamic_quantize},
    {"QuantizeLinear", quantize, microsoft},
    {"DequantizeLinear", dequantize, microsoft},
    {"QLinearAdd", qlinear_binary, microsoft},
    {"QLinearMul", qlinear_binary, microsoft},
};

}  // namespace

std::span<const Rule> quantization_rules() { return rules; }

}  // namespace evenkeel::shapes
