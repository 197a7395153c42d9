// SPDX-License-Identifier: Apache-2.0
// From the nested messages of a file to the flat Graph, keeping for every tensor and node where in the file it stands.
#pragma once

#include <unordered_map>
#include <vector>

#include "evenkeel/graph/graph.hpp"
#include "io/onnx/file.hpp"

namespace evenkeel::onnx {

/// Where a stored tensor stands, which decides how it can be replaced.
struct TensorPlace {
  enum class Form : std::uint8_t {
    tensor,             // a TensorProto: initializer, Constant's `value`, or any tensor attribute
    number,             // value_float, value_ints, ... of a Constant node
    constant_of_shape,  // a ConstantOfShape node with a stored shape
    identity,           // an Identity node of a stored tensor
    opaque              // sparse, text, or bound to a reference attribute: read, never written
  };
  Form form = Form::tensor;
  const TensorProto* tensor = nullptr;        // of constant_of_shape: its `value`, may be null
  const NodeProto* node = nullptr;            // the node that holds it, if a node does
  const AttributeProto* attribute = nullptr;  // the attribute that holds it, if one does
  bool in_function = false;
  TensorId parent = absent;  // of identity: the tensor its input names, which may be an alias itself
};

/// Which node of the file stands behind a flat node, and which of its inputs is slot 0 (-1: none can be told).
struct NodeOrigin {
  const NodeProto* node = nullptr;
  int first_slot = 0;
  bool in_function = false;
};

struct Flat {
  Graph graph;
  std::vector<TensorPlace> places;  // by TensorId
  std::vector<NodeOrigin> origins;  // by NodeId
};

/// Throws bad_file for names that do not resolve, duplicates, cycles, and calls more than nesting_limit deep.
[[nodiscard]] Flat flatten(OnnxFile& file);

/// Module path of a node from exporter metadata: "layer1.0.conv1", or "".
[[nodiscard]] std::string scope_of(const NodeProto& node);
/// Innermost module class of a node from exporter metadata, or "".
[[nodiscard]] std::string class_of(const NodeProto& node);

}  // namespace evenkeel::onnx
