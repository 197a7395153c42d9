// SPDX-License-Identifier: Apache-2.0
// Small ONNX models for tests, written with protozero:
//   OnnxBuilder b;
//   b.input("x", DType::f32, {-1, 4}).output("y").initializer("w", {3, 4}, values);
//   b.node("Gemm", {"x", "w"}, {"y"}, {integer("transB", 1)}, "fc");
//   b.write(path);
// GraphBuilder makes the bodies of control flow, FunctionBuilder local functions. Data types are numbers of TensorProto.DataType or DType.
#pragma once

#include <protozero/pbf_writer.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"

namespace evenkeel::test {

using Names = std::vector<std::string>;

/// Which field of TensorProto holds the elements. `unpacked` writes the typed field one element at a time, as old writers did.
enum class Store { raw, typed, unpacked };

inline std::int32_t data_type_number(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return 1;
    case DType::u8:
      return 2;
    case DType::i8:
      return 3;
    case DType::u16:
      return 4;
    case DType::i16:
      return 5;
    case DType::i32:
      return 6;
    case DType::i64:
      return 7;
    case DType::boolean:
      return 9;
    case DType::f16:
      return 10;
    case DType::f64:
      return 11;
    case DType::u32:
      return 12;
    case DType::u64:
      return 13;
    case DType::bf16:
      return 16;
    case DType::f8e4m3:
      return 17;
    case DType::f8e5m2:
      return 19;
    default:
      return 8;  // STRING
  }
}

template <class T>
constexpr DType dtype_for() {
  if constexpr (std::is_same_v<T, float>)
    return DType::f32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::f64;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return DType::i64;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return DType::i32;
  else if constexpr (std::is_same_v<T, std::uint16_t>)
    return DType::u16;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return DType::i8;
  else
    return DType::u8;
}

/// A TensorProto. `dtype` defaults to that of T; give f16 or bf16 for 16-bit patterns.
template <class T>
std::string tensor_proto(const std::string& name, const Shape& shape, const std::vector<T>& values, DType dtype = dtype_for<T>(),
                         Store store = Store::raw) {
  std::string bytes;
  protozero::pbf_writer tensor(bytes);
  for (const std::int64_t dimension : shape) tensor.add_int64(1, dimension);
  tensor.add_int32(2, data_type_number(dtype));
  if (store == Store::raw) {
    tensor.add_bytes(9, reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  } else if constexpr (std::is_same_v<T, float>) {
    if (store == Store::typed)
      tensor.add_packed_float(4, values.begin(), values.end());
    else
      for (const float value : values) tensor.add_float(4, value);
  } else if constexpr (std::is_same_v<T, double>) {
    if (store == Store::typed)
      tensor.add_packed_double(10, values.begin(), values.end());
    else
      for (const double value : values) tensor.add_double(10, value);
  } else {
    const protozero::pbf_tag_type tag = std::is_same_v<T, std::int64_t> ? 7 : (dtype == DType::u32 || dtype == DType::u64) ? 11 : 5;
    if (store == Store::typed)
      tensor.add_packed_int64(tag, values.begin(), values.end());
    else
      for (const T value : values) tensor.add_int64(tag, static_cast<std::int64_t>(value));
  }
  tensor.add_string(8, name);
  return bytes;
}

struct External {
  std::string location;
  std::string offset;
  std::string length;
};

inline std::string external_tensor(const std::string& name, const Shape& shape, DType dtype, const External& place) {
  std::string bytes;
  protozero::pbf_writer tensor(bytes);
  for (const std::int64_t dimension : shape) tensor.add_int64(1, dimension);
  tensor.add_int32(2, data_type_number(dtype));
  tensor.add_string(8, name);
  const auto entry = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    protozero::pbf_writer pair(tensor, 13);
    pair.add_string(1, key);
    pair.add_string(2, value);
  };
  entry("location", place.location);
  entry("offset", place.offset);
  entry("length", place.length);
  tensor.add_int32(14, 1);
  return bytes;
}

/// An AttributeProto.
struct Attr {
  std::string bytes;
};

inline Attr integer(const std::string& name, std::int64_t value) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_int64(3, value), out.add_int32(20, 2);
  return attr;
}
inline Attr real(const std::string& name, float value) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_float(2, value), out.add_int32(20, 1);
  return attr;
}
inline Attr text(const std::string& name, const std::string& value) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_string(4, value), out.add_int32(20, 3);
  return attr;
}
inline Attr integers(const std::string& name, const std::vector<std::int64_t>& values) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name);
  for (const std::int64_t value : values) out.add_int64(8, value);
  out.add_int32(20, 7);
  return attr;
}
inline Attr reals(const std::string& name, const std::vector<float>& values) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name);
  for (const float value : values) out.add_float(7, value);
  out.add_int32(20, 6);
  return attr;
}
/// `proto` from tensor_proto().
inline Attr tensor(const std::string& name, const std::string& proto) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_message(5, proto), out.add_int32(20, 4);
  return attr;
}
/// In a function: the attribute takes the value of the call's attribute `of`. `type` is AttributeProto.AttributeType.
inline Attr reference(const std::string& name, const std::string& of, std::int32_t type) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_string(21, of), out.add_int32(20, type);
  return attr;
}

struct NodeNames {
  std::string name;
  std::string domain;
  Names metadata;
};  // metadata: key, value, key, value, ...

inline std::string node_proto(const std::string& op, const Names& inputs, const Names& outputs, const std::vector<Attr>& attributes,
                              const NodeNames& names) {
  std::string bytes;
  protozero::pbf_writer node(bytes);
  for (const std::string& input : inputs) node.add_string(1, input);
  for (const std::string& output : outputs) node.add_string(2, output);
  if (!names.name.empty()) node.add_string(3, names.name);
  node.add_string(4, op);
  for (const Attr& attribute : attributes) node.add_message(5, attribute.bytes);
  if (!names.domain.empty()) node.add_string(7, names.domain);
  for (std::size_t i = 0; i + 1 < names.metadata.size(); i += 2) {
    protozero::pbf_writer pair(node, 9);
    pair.add_string(1, names.metadata[i]);
    pair.add_string(2, names.metadata[i + 1]);
  }
  return bytes;
}

/// Fields of a GraphProto; every member returns the builder, so that calls chain.
template <class Self>
class GraphFields {
 public:
  Self& input(const std::string& name, DType dtype = DType::f32, const Shape& shape = {-1, 4}) { return info(11, name, dtype, &shape); }
  Self& output(const std::string& name) { return info(12, name, DType::f32, nullptr); }
  Self& value_info(const std::string& name, DType dtype, const Shape& shape) { return info(13, name, dtype, &shape); }
  template <class T>
  Self& initializer(const std::string& name, const Shape& shape, const std::vector<T>& values, DType dtype = dtype_for<T>(),
                    Store store = Store::raw) {
    return field(5, tensor_proto(name, shape, values, dtype, store));
  }
  Self& external(const std::string& name, const Shape& shape, DType dtype, const External& place) {
    return field(5, external_tensor(name, shape, dtype, place));
  }
  Self& node(const std::string& op, const Names& inputs, const Names& outputs, const std::vector<Attr>& attributes = {},
             const NodeNames& names = {}) {
    return field(1, node_proto(op, inputs, outputs, attributes, names));
  }
  /// Any field, known or unknown.
  Self& field(std::uint32_t tag, const std::string& content) {
    protozero::pbf_writer(bytes_).add_bytes(tag, content);
    return static_cast<Self&>(*this);
  }
  [[nodiscard]] const std::string& graph_bytes() const { return bytes_; }

 private:
  Self& info(std::uint32_t tag, const std::string& name, DType dtype, const Shape* shape) {
    std::string content;
    protozero::pbf_writer value(content);
    value.add_string(1, name);
    {
      protozero::pbf_writer type(value, 2);
      protozero::pbf_writer held(type, 1);
      held.add_int32(1, data_type_number(dtype));
      if (shape != nullptr) {
        protozero::pbf_writer dimensions(held, 2);
        for (const std::int64_t extent : *shape) {
          protozero::pbf_writer dimension(dimensions, 1);
          if (extent < 0)
            dimension.add_string(2, "n");
          else
            dimension.add_int64(1, extent);
        }
      }
    }
    return field(tag, content);
  }
  std::string bytes_;
};

/// A graph alone: the body of a control flow node.
class GraphBuilder : public GraphFields<GraphBuilder> {};

inline Attr graph(const std::string& name, const GraphBuilder& body) {
  Attr attr;
  protozero::pbf_writer out(attr.bytes);
  out.add_string(1, name), out.add_message(6, body.graph_bytes()), out.add_int32(20, 5);
  return attr;
}

class FunctionBuilder {
 public:
  FunctionBuilder(const std::string& domain, const std::string& name, const Names& inputs, const Names& outputs,
                  const Names& attributes = {}) {
    protozero::pbf_writer out(bytes_);
    out.add_string(1, name);
    for (const std::string& input : inputs) out.add_string(4, input);
    for (const std::string& output : outputs) out.add_string(5, output);
    for (const std::string& attribute : attributes) out.add_string(6, attribute);
    out.add_string(10, domain);
    std::string opset;
    protozero::pbf_writer(opset).add_int64(2, 17);
    out.add_message(9, opset);
  }
  FunctionBuilder& node(const std::string& op, const Names& inputs, const Names& outputs, const std::vector<Attr>& attributes = {},
                        const NodeNames& names = {}) {
    protozero::pbf_writer(bytes_).add_message(7, node_proto(op, inputs, outputs, attributes, names));
    return *this;
  }
  FunctionBuilder& overload(const std::string& name) {
    protozero::pbf_writer(bytes_).add_string(13, name);
    return *this;
  }
  FunctionBuilder& standard(const Attr& attribute) {
    protozero::pbf_writer(bytes_).add_message(11, attribute.bytes);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A whole model: a graph and what stands around it.
class OnnxBuilder : public GraphFields<OnnxBuilder> {
 public:
  std::int64_t ir_version = 8;
  std::int64_t opset = 17;
  std::string producer = "evenkeel tests";

  OnnxBuilder& function(const FunctionBuilder& function) { return model_field(25, function.bytes()); }
  OnnxBuilder& metadata(const std::string& key, const std::string& value) {
    std::string content;
    protozero::pbf_writer pair(content);
    pair.add_string(1, key), pair.add_string(2, value);
    return model_field(14, content);
  }
  /// Any field of ModelProto, after the graph.
  OnnxBuilder& model_field(std::uint32_t tag, const std::string& content) {
    protozero::pbf_writer(after_).add_bytes(tag, content);
    return *this;
  }
  [[nodiscard]] std::string model() const {
    std::string bytes;
    protozero::pbf_writer out(bytes);
    out.add_int64(1, ir_version);
    out.add_string(2, producer);
    out.add_message(7, graph_bytes());
    std::string version;
    protozero::pbf_writer(version).add_int64(2, opset);
    out.add_message(8, version);
    return bytes + after_;
  }
  void write(const std::filesystem::path& path) const {
    const std::string bytes = model();
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::string after_;
};

}  // namespace evenkeel::test
