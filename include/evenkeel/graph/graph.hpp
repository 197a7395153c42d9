// SPDX-License-Identifier: Apache-2.0
// A model as nodes, values and stored tensors, whatever file it came from. Subgraphs and local functions are flattened into one list of
// nodes in topological order, so that whoever reads a graph needs no recursion: see the pseudo operators below.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"

namespace evenkeel {

using ValueId = std::int32_t;
using NodeId = std::int32_t;
using TensorId = std::int32_t;
inline constexpr std::int32_t absent = -1;

/// `alias`: the output of an Identity node whose input is a stored tensor. Exporters merge equal tensors that way, and the output keeps the
/// lost name. `split`: no place in the file yet; separate_merged made it for some of the readers of `alias_of`.
enum class Storage : std::uint8_t { initializer, constant_node, constant_of_shape, alias, split };

/// A tensor with stored bytes. Constant nodes that hold scalars or lists (value_float, value_ints, ...) are tensors too.
struct StoredTensor {
  std::string name;   // of the initializer, or of the Constant node's output; unique within the graph (`where` is prefixed to inner names
                      // that clash)
  std::string where;  // "" = main graph, else the path to the subgraph or function that holds it, "If_3/then_branch"
  Shape shape;
  DType dtype = DType::f32;
  Storage storage = Storage::initializer;
  TensorId alias_of = absent;
};

/// A tensor attribute is a TensorId wrapped, so that it cannot be taken for an integer.
struct TensorAttribute {
  TensorId tensor = absent;
};
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>,
                               TensorAttribute>;

struct Use {
  NodeId node = absent;
  int slot = 0;
};

struct Value {
  std::string name;
  NodeId producer = absent;
  int output_slot = 0;
  std::vector<Use> uses;
  TensorId tensor = absent;  // stored content: an initializer or the output of a Constant or constant ConstantOfShape node
  bool graph_input = false;  // fed by the caller (an initializer that is listed as an input is not)
  bool graph_output = false;
  DType dtype = DType::other;                         // `other` = not known
  std::optional<Shape> shape;                         // nullopt = not even the rank; -1 = unknown dimension
  std::optional<std::vector<std::int64_t>> integers;  // content, where it is an integer tensor known before the run (at most 4096 elements)
  bool data_dependent = false;                        // depends on the contents of a graph input, not only on shapes (set by infer_shapes)
};

/// Constant nodes and Identity nodes of stored tensors are not in the list; their outputs are values with a tensor. Control flow becomes
/// pseudo operators of domain "evenkeel":
///   Merge(a, b, ...) -> one value that is one of them (If branches; Loop outputs: initial, body result)
///   Carry(initial) -> a loop-carried value as the body sees it (the way back is left out: the graph stays acyclic)
///   ScanElement(sequence) -> a slice of it as the body of Scan sees it;  ScanStack(element) -> what Scan or Loop collects
struct Node {
  std::string name;  // "" is allowed
  std::string op;
  std::string domain;           // "" = ai.onnx
  std::int64_t opset = 0;       // version of `domain` that the model imports
  std::vector<ValueId> inputs;  // absent = left out
  std::vector<ValueId> outputs;
  std::map<std::string, Attribute> attributes;
  std::string scope;       // module path that an exporter left in metadata, or ""
  std::string class_name;  // innermost module class of that scope, or ""
};

/// What a file beside the weights says of the model (config.json), by path: "hidden_act", "text_config.num_attention_heads".
using Setting = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<std::string>>;

struct Graph {
  std::vector<Node> nodes;
  std::vector<Value> values;
  std::vector<StoredTensor> tensors;
  std::vector<ValueId> inputs;  // graph inputs that are no initializers
  std::vector<ValueId> outputs;
  std::string producer;     // "pytorch 2.13.0", or ""
  bool names_only = false;  // no nodes: a file of weights, where names, shapes and settings are all there is
  std::map<std::string, Setting> settings;
  std::string settings_origin;  // "config.json", as reasons cite it, or ""

  [[nodiscard]] const Value* find_value(std::string_view name) const noexcept;
};

/// Attribute of a node, or the given default; a wrong kind counts as missing.
[[nodiscard]] std::int64_t integer_of(const Node& node, const std::string& attribute, std::int64_t otherwise);
[[nodiscard]] double real_of(const Node& node, const std::string& attribute, double otherwise);
[[nodiscard]] std::string text_of(const Node& node, const std::string& attribute, const std::string& otherwise);
[[nodiscard]] std::vector<std::int64_t> integers_of(const Node& node, const std::string& attribute);

/// Fills Value::uses from the nodes' inputs and sorts the nodes topologically. Throws bad_file for a cycle.
void finish(Graph& graph);

}  // namespace evenkeel
