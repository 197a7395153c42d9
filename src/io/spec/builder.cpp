// SPDX-License-Identifier: Apache-2.0
// Field numbers as in onnx-ml.proto.
#include "io/spec/builder.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numbers>

#include "io/onnx/proto.hpp"
#include "io/onnx/wire_build.hpp"

namespace evenkeel {
namespace {

using onnx::Kind;
constexpr std::int64_t ir_version = 8;
constexpr std::int64_t opset_version = 17;
constexpr std::int32_t data_float = 1;
constexpr std::int32_t data_int64 = 7;

std::string float_bytes(float value) {
  std::string bytes(sizeof(float), '\0');
  std::memcpy(bytes.data(), &value, sizeof(float));
  return bytes;
}

std::string tensor(const std::string& name, const Shape& shape, std::int32_t data_type, const std::string& data) {
  std::string body;
  for (const std::int64_t dimension : shape) body += integer_field(1, dimension);
  body += integer_field(2, data_type) + bytes_field(8, name);
  return data.empty() ? body : body + bytes_field(9, data);
}

std::string value_info(const std::string& name, std::int32_t data_type, const std::vector<std::string>& dimensions) {
  std::string shape;
  for (const std::string& dimension : dimensions) {
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(dimension.data(), dimension.data() + dimension.size(), extent);
    const bool is_number = error == std::errc{} && end == dimension.data() + dimension.size();
    shape += bytes_field(1, is_number ? integer_field(1, extent) : bytes_field(2, dimension));
  }
  const std::string type = bytes_field(1, integer_field(1, data_type) + bytes_field(2, shape));
  return bytes_field(1, name) + bytes_field(2, type);
}

}  // namespace

std::string SpecBuilder::parameter(const std::string& name, const Shape& shape) {
  initializers_ += bytes_field(5, tensor(name, shape, data_float, {}));
  return name;
}

std::string SpecBuilder::constant(const std::string& name, const std::vector<std::int64_t>& values, const Shape& shape) {
  std::string data(values.size() * sizeof(std::int64_t), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  initializers_ += bytes_field(5, tensor(name, shape, data_int64, data));
  return name;
}

std::string SpecBuilder::scalar(const std::string& name, float value) {
  initializers_ += bytes_field(5, tensor(name, {}, data_float, float_bytes(value)));
  return name;
}

SpecBuilder::Attribute SpecBuilder::integer(std::string_view name, std::int64_t value) {
  return {bytes_field(1, name) + integer_field(3, value) + integer_field(20, Kind::integer)};
}

SpecBuilder::Attribute SpecBuilder::integers(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string body = bytes_field(1, name);
  for (const std::int64_t value : values) body += integer_field(8, value);
  return {body + integer_field(20, Kind::integers)};
}

SpecBuilder::Attribute SpecBuilder::real(std::string_view name, float value) {
  return {bytes_field(1, name) + varint((2U << 3U) | 5U) + float_bytes(value) + integer_field(20, Kind::real)};
}

std::string SpecBuilder::node(const std::string& op, const Names& inputs, const std::string& name, const std::vector<Attribute>& attributes,
                              std::size_t outputs) {
  std::string body;
  for (const std::string& input : inputs) body += bytes_field(1, input);
  const std::string output = name + "_out";
  for (std::size_t i = 0; i < outputs; ++i) body += bytes_field(2, outputs == 1 ? output : output + std::to_string(i));
  body += bytes_field(3, name) + bytes_field(4, op);
  for (const Attribute& attribute : attributes) body += bytes_field(5, attribute.bytes);
  nodes_ += bytes_field(1, body);
  return outputs == 1 ? output : output + "0";
}

std::string SpecBuilder::activation(const std::string& activation, const std::string& input, const std::string& name) {
  if (activation == "linear") return input;
  if (activation == "relu") return node("Relu", {input}, name);
  if (activation == "leaky_relu") return node("LeakyRelu", {input}, name, {real("alpha", 0.01F)});
  if (activation == "elu") return node("Elu", {input}, name);
  if (activation == "selu") return node("Selu", {input}, name);
  if (activation == "tanh") return node("Tanh", {input}, name);
  if (activation == "sigmoid") return node("Sigmoid", {input}, name);
  if (activation == "softplus") return node("Softplus", {input}, name);
  if (activation == "softsign") return node("Softsign", {input}, name);
  if (activation == "hardswish") return node("HardSwish", {input}, name);
  if (activation == "silu") return node("Mul", {input, node("Sigmoid", {input}, name + ".sigmoid")}, name);
  if (activation == "mish") {
    return node("Mul", {input, node("Tanh", {node("Softplus", {input}, name + ".softplus")}, name + ".tanh")}, name);
  }
  // gelu(x) = x / 2 * (1 + erf(x / sqrt(2))), Hendrycks and Gimpel 2016.
  const std::string scaled = node("Div", {input, scalar(name + ".sqrt2", std::numbers::sqrt2_v<float>)}, name + ".div");
  const std::string shifted = node("Add", {node("Erf", {scaled}, name + ".erf"), scalar(name + ".one", 1.0F)}, name + ".add");
  return node("Mul", {node("Mul", {input, shifted}, name + ".mul"), scalar(name + ".half", 0.5F)}, name);
}

std::string SpecBuilder::gemm(const std::string& input, std::int64_t in, std::int64_t out, const std::string& name) {
  return node("Gemm", {input, parameter(name + ".weight", {out, in}), parameter(name + ".bias", {out})}, name, {integer("transB", 1)});
}

void SpecBuilder::input(const std::string& name, std::int32_t data_type, const Names& dimensions) {
  inputs_ += bytes_field(11, value_info(name, data_type, dimensions));
}

void SpecBuilder::output(const std::string& value, const std::string& name, const Names& dimensions) {
  nodes_ += bytes_field(1, bytes_field(1, value) + bytes_field(2, name) + bytes_field(3, name) + bytes_field(4, "Identity"));
  outputs_ += bytes_field(12, value_info(name, data_float, dimensions));
}

std::string SpecBuilder::finish(const std::string& graph_name) const {
  const std::string graph = nodes_ + bytes_field(2, graph_name) + initializers_ + inputs_ + outputs_;
  return integer_field(1, ir_version) + bytes_field(2, "evenkeel") + bytes_field(7, graph) +
         bytes_field(8, integer_field(2, opset_version));
}

}  // namespace evenkeel
