// SPDX-License-Identifier: Apache-2.0
// Parsing of models, graphs, nodes, attributes and functions. Recursion is bounded by nesting_limit.
#include "io/onnx/proto.hpp"

#include <fmt/format.h>

namespace evenkeel::onnx {
namespace {

GraphProto parse_graph(const Source& source, Range body, int depth);

/// A message of a few bytes takes some hundred in memory.
void check_count(const Source& source, Range body, std::size_t count) {
  constexpr std::size_t limit = 1'000'000;
  if (count >= limit)
    source.fail_at(body.begin, fmt::format("more than {} nodes or attributes in one place; no exporter writes such a file", limit));
}

std::string_view canonical_domain(std::string_view domain) { return domain == "ai.onnx" ? std::string_view{} : domain; }

Shape parse_shape(const Source& source, Range body) {
  Shape shape;
  Fields fields(source, body, "TensorShapeProto");
  while (fields.next()) {
    if (fields.tag() != 1) continue;
    std::int64_t extent = -1;
    Fields dimension(source, fields.bytes(), "Dimension");
    while (dimension.next()) {
      if (dimension.tag() == 1) extent = dimension.integer();
      if (dimension.tag() == 2) extent = -1;
    }
    add_axis(shape, extent < 0 ? -1 : extent);
  }
  check_axes(source, body, shape);
  return shape;
}

void parse_type(const Source& source, Range body, ValueInfoProto& info) {
  Fields fields(source, body, "TypeProto");
  while (fields.next()) {
    if (fields.tag() != 1) continue;  // sequences, maps, optionals: nothing is known of them here
    Fields type(source, fields.bytes(), "TypeProto.Tensor");
    while (type.next()) {
      if (type.tag() == 1) info.dtype = dtype_of(type.integer32());
      if (type.tag() == 2) info.shape = parse_shape(source, type.bytes());
    }
  }
}

ValueInfoProto parse_value_info(const Source& source, Range body) {
  ValueInfoProto info;
  info.offset = body.begin;
  Fields fields(source, body, "ValueInfoProto");
  while (fields.next()) {
    if (fields.tag() == 1) info.name = fields.text();
    if (fields.tag() == 2) parse_type(source, fields.bytes(), info);
  }
  return info;
}

SparseTensorProto parse_sparse(const Source& source, Range body) {
  SparseTensorProto sparse_tensor;
  Fields fields(source, body, "SparseTensorProto");
  while (fields.next()) {
    if (fields.tag() == 1) sparse_tensor.values = parse_tensor(source, fields.bytes());
    if (fields.tag() == 3) fields.each_integer([&](std::int64_t dimension) { add_axis(sparse_tensor.dims, dimension); });
  }
  check_axes(source, body, sparse_tensor.dims);
  std::int64_t count = 1;
  for (const std::int64_t dimension : sparse_tensor.dims) {
    if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count)) {
      source.fail_at(body.begin,
                     fmt::format("a sparse tensor has the impossible shape {}; export the model again", to_string(sparse_tensor.dims)));
    }
  }
  return sparse_tensor;
}

/// Files of 2017 have no type: the field that is there decides.
std::int32_t type_of_field(std::uint32_t tag) {
  switch (tag) {
    case 2:
      return Kind::real;
    case 3:
      return Kind::integer;
    case 4:
      return Kind::text;
    case 5:
      return Kind::tensor;
    case 6:
      return Kind::graph;
    case 7:
      return Kind::reals;
    case 8:
      return Kind::integers;
    case 9:
      return Kind::texts;
    case 10:
      return Kind::tensors;
    case 11:
      return Kind::graphs;
    case 22:
      return Kind::sparse;
    default:
      return Kind::undefined;
  }
}

AttributeProto parse_attribute(const Source& source, Range body, int depth) {
  AttributeProto attribute;
  std::int32_t seen = Kind::undefined;
  Fields fields(source, body, "AttributeProto");
  while (fields.next()) {
    if (seen == Kind::undefined) seen = type_of_field(fields.tag());
    switch (fields.tag()) {
      case 1:
        attribute.name = fields.text();
        break;
      case 2:
        attribute.f = fields.real32();
        break;
      case 3:
        attribute.i = fields.integer();
        break;
      case 4:
        attribute.s = fields.text();
        break;
      case 5:
      case 10:
        attribute.tensor_list.push_back(parse_tensor(source, fields.bytes()));
        break;
      case 6:
      case 11:
        attribute.graph_list.push_back(parse_graph(source, fields.bytes(), depth + 1));
        break;
      case 7:
        fields.each_real32([&](float value) { attribute.floats.push_back(value); });
        break;
      case 8:
        fields.each_integer([&](std::int64_t value) { attribute.ints.push_back(value); });
        break;
      case 9:
        attribute.strings.push_back(fields.text());
        break;
      case 20:
        attribute.type = fields.integer32();
        break;
      case 21:
        attribute.reference = fields.text();
        break;
      case 22:
      case 23:
        attribute.sparse_list.push_back(parse_sparse(source, fields.bytes()));
        break;
      default:
        break;
    }
  }
  if (attribute.name.empty()) source.fail_at(body.begin, "expected the name of an attribute, found none; export the model again");
  if (attribute.type == Kind::undefined) attribute.type = seen;
  return attribute;
}

void parse_node_metadata(const Source& source, Range body, NodeProto& node) {
  const auto [key, value] = parse_entry(source, body);
  if (key == "pkg.torch.onnx.name_scopes") node.name_scopes = value;
  if (key == "pkg.torch.onnx.class_hierarchy") node.class_hierarchy = value;
}

NodeProto parse_node(const Source& source, Range body, int depth) {
  NodeProto node;
  node.body = body;
  Fields fields(source, body, "NodeProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        node.inputs.push_back(fields.text());
        break;
      case 2:
        node.outputs.push_back(fields.text());
        break;
      case 3:
        node.name = fields.text();
        break;
      case 4:
        node.op = fields.text();
        break;
      case 5:
        check_count(source, body, node.attributes.size());
        node.attributes.push_back(parse_attribute(source, fields.bytes(), depth));
        node.attributes.back().place = fields.place();
        break;
      case 7:
        node.domain = canonical_domain(fields.text());
        break;
      case 8:
        node.overload = fields.text();
        break;
      case 9:
        parse_node_metadata(source, fields.bytes(), node);
        break;
      default:
        break;
    }
  }
  if (node.op.empty()) {
    source.fail_at(body.begin, fmt::format("expected the operator (op_type) of node '{}', found none; export the model again", node.name));
  }
  return node;
}

GraphProto parse_graph(const Source& source, Range body, int depth) {
  if (depth > nesting_limit) {
    source.fail_at(body.begin, fmt::format("graphs stand more than {} deep in each other; no exporter writes such a file", nesting_limit));
  }
  GraphProto graph;
  graph.body = body;
  Fields fields(source, body, "GraphProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        check_count(source, body, graph.nodes.size());
        graph.nodes.push_back(parse_node(source, fields.bytes(), depth));
        break;
      case 2:
        graph.name = fields.text();
        break;
      case 5:
        graph.initializers.push_back(parse_tensor(source, fields.bytes()));
        break;
      case 11:
        graph.inputs.push_back(parse_value_info(source, fields.bytes()));
        break;
      case 12:
        graph.outputs.push_back(parse_value_info(source, fields.bytes()));
        break;
      case 13:
        graph.infos.push_back(parse_value_info(source, fields.bytes()));
        if (graph.infos.back().name.empty()) graph.infos.pop_back();
        break;
      case 15:
        graph.sparse_initializers.push_back(parse_sparse(source, fields.bytes()));
        break;
      default:
        break;
    }
  }
  return graph;
}

OpsetProto parse_opset(const Source& source, Range body) {
  OpsetProto opset;
  Fields fields(source, body, "OperatorSetIdProto");
  while (fields.next()) {
    if (fields.tag() == 1) opset.domain = canonical_domain(fields.text());
    if (fields.tag() == 2) opset.version = fields.integer();
  }
  return opset;
}

FunctionProto parse_function(const Source& source, Range body) {
  FunctionProto function;
  function.body = body;
  Fields fields(source, body, "FunctionProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        function.name = fields.text();
        break;
      case 4:
        function.inputs.push_back(fields.text());
        break;
      case 5:
        function.outputs.push_back(fields.text());
        break;
      case 7:
        function.nodes.push_back(parse_node(source, fields.bytes(), 1));
        break;
      case 9:
        function.opsets.push_back(parse_opset(source, fields.bytes()));
        break;
      case 10:
        function.domain = canonical_domain(fields.text());
        break;
      case 11:
        function.defaults.push_back(parse_attribute(source, fields.bytes(), 1));
        break;
      case 12:
        function.infos.push_back(parse_value_info(source, fields.bytes()));
        break;
      case 13:
        function.overload = fields.text();
        break;
      default:
        break;
    }
  }
  return function;
}

using UseTensor = std::function<void(const TensorProto&)>;

void visit_graph(const GraphProto& graph, const UseTensor& use);

void visit_attributes(const std::vector<AttributeProto>& attributes, const UseTensor& use) {
  for (const AttributeProto& attribute : attributes) {
    for (const TensorProto& tensor : attribute.tensor_list) use(tensor);
    for (const SparseTensorProto& sparse : attribute.sparse_list) use(sparse.values);
    for (const GraphProto& graph : attribute.graph_list) visit_graph(graph, use);
  }
}

void visit_graph(const GraphProto& graph, const UseTensor& use) {
  for (const TensorProto& tensor : graph.initializers) use(tensor);
  for (const SparseTensorProto& sparse : graph.sparse_initializers) use(sparse.values);
  for (const NodeProto& node : graph.nodes) visit_attributes(node.attributes, use);
}

}  // namespace

void for_each_tensor(const ModelProto& model, const UseTensor& use) {
  visit_graph(*model.graph, use);
  for (const FunctionProto& function : model.functions) {
    visit_attributes(function.defaults, use);
    for (const NodeProto& node : function.nodes) visit_attributes(node.attributes, use);
  }
}

ModelProto parse_model(const Source& source) {
  ModelProto model;
  Fields fields(source, source.whole(), "ModelProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        model.ir_version = fields.integer();
        break;
      case 2:
        model.producer = fields.text();
        break;
      case 3:
        model.producer_version = fields.text();
        break;
      case 7:
        if (model.graph) source.fail_at(fields.place().begin, "expected one graph in the model, found a second; export the model again");
        model.graph = parse_graph(source, fields.bytes(), 0);
        break;
      case 8:
        model.opsets.push_back(parse_opset(source, fields.bytes()));
        break;
      case 14:
        model.metadata.push_back(parse_entry(source, fields.bytes()));
        break;
      case 25:
        model.functions.push_back(parse_function(source, fields.bytes()));
        break;
      default:
        break;
    }
  }
  if (!model.graph) {
    source.fail_at(source.bytes.size(),
                   "expected a graph in the model, found none; the file is truncated or no ONNX file: export it again or "
                   "check the download");
  }
  return model;
}

}  // namespace evenkeel::onnx
