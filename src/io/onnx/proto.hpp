// SPDX-License-Identifier: Apache-2.0
// The messages of onnx-ml.proto as far as they matter here: views into the file, each with its place. No bytes of tensors are copied.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"
#include "io/onnx/wire.hpp"

namespace evenkeel::onnx {

/// Files whose tensors have more axes are refused: no framework makes such tensors (NumPy ends at 64).
inline constexpr std::size_t most_axes = 64;

/// Graphs within graphs, sequences within sequences, functions within functions: deeper than this is refused.
inline constexpr int nesting_limit = 64;

struct TensorProto {
  enum class Data : std::uint8_t { none, raw, typed, external };
  Range body;
  std::string_view name;
  Shape dims;
  std::int32_t data_type = 0;
  Data data = Data::none;
  Range raw;                      // content of raw_data
  std::uint32_t typed_field = 0;  // float_data, int32_data, string_data, int64_data, double_data or uint64_data
  std::uint64_t typed_count = 0;
  std::string_view location;
  std::uint64_t external_offset = 0;
  std::optional<std::uint64_t> external_length;
};

struct SparseTensorProto {
  TensorProto values;
  Shape dims;
};

struct GraphProto;

/// AttributeProto.AttributeType.
struct Kind {
  enum : std::int32_t { undefined, real, integer, text, tensor, graph, reals, integers, texts, tensors, graphs, sparse };
};

struct AttributeProto {
  Range place;  // the whole field in NodeProto
  std::string_view name;
  std::string_view reference;  // ref_attr_name
  std::int32_t type = Kind::undefined;
  float f = 0;
  std::int64_t i = 0;
  std::string_view s;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string_view> strings;
  std::vector<TensorProto> tensor_list;        // t or tensors
  std::vector<GraphProto> graph_list;          // g or graphs
  std::vector<SparseTensorProto> sparse_list;  // sparse_tensor or sparse_tensors
};

struct NodeProto {
  Range body;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::string_view name;
  std::string_view op;
  std::string_view domain;  // "ai.onnx" is given as ""
  std::string_view overload;
  std::string_view name_scopes;      // of the dynamo exporter
  std::string_view class_hierarchy;  // of the dynamo exporter
  std::vector<AttributeProto> attributes;
};

struct ValueInfoProto {
  std::uint64_t offset = 0;
  std::string_view name;
  DType dtype = DType::other;
  std::optional<Shape> shape;
};

struct GraphProto {
  Range body;
  std::string_view name;
  std::vector<NodeProto> nodes;
  std::vector<TensorProto> initializers;
  std::vector<SparseTensorProto> sparse_initializers;
  std::vector<ValueInfoProto> inputs;
  std::vector<ValueInfoProto> outputs;
  std::vector<ValueInfoProto> infos;
};

struct OpsetProto {
  std::string_view domain;
  std::int64_t version = 0;
};

struct FunctionProto {
  Range body;
  std::string_view name;
  std::string_view domain;
  std::string_view overload;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<AttributeProto> defaults;
  std::vector<NodeProto> nodes;
  std::vector<OpsetProto> opsets;
  std::vector<ValueInfoProto> infos;
};

struct ModelProto {
  std::int64_t ir_version = 0;
  std::string_view producer;
  std::string_view producer_version;
  std::vector<OpsetProto> opsets;
  std::vector<FunctionProto> functions;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  std::optional<GraphProto> graph;
};

/// Throws bad_file with path and byte offset for anything that is no ModelProto.
[[nodiscard]] ModelProto parse_model(const Source& source);
[[nodiscard]] TensorProto parse_tensor(const Source& source, Range body);

/// Shapes are copied to every value that has them, so their length is bounded: what goes beyond most_axes is cut, then refused.
void add_axis(Shape& shape, std::int64_t dimension);
void check_axes(const Source& source, Range body, const Shape& shape);

/// Every TensorProto of the model, in graphs, attributes and functions, in the order of the file within each.
void for_each_tensor(const ModelProto& model, const std::function<void(const TensorProto&)>& use);

[[nodiscard]] DType dtype_of(std::int32_t data_type) noexcept;
/// "INT4", "STRING", ... as ONNX spells it.
/// The number of a dtype in TensorProto.DataType; 0 for `other`.
[[nodiscard]] std::int32_t data_type_of(DType dtype) noexcept;
[[nodiscard]] std::string_view data_type_name(std::int32_t data_type) noexcept;
/// Where a dtype has a home beside raw_data: float_data, int32_data, ...; 0 for none.
[[nodiscard]] std::uint32_t typed_field_of(std::int32_t data_type) noexcept;

}  // namespace evenkeel::onnx
