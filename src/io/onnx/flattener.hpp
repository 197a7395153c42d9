// SPDX-License-Identifier: Apache-2.0
// The walk behind flatten(): scopes of names, and one member per kind of node.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "io/onnx/flatten.hpp"

namespace evenkeel::onnx {

using Opsets = std::map<std::string_view, std::int64_t>;
using Arguments = std::map<std::string_view, const AttributeProto*>;  // of a function call

/// Names visible at one place. Subgraphs see the names around them, functions only their own.
struct Scope {
  const Scope* outer = nullptr;
  std::string where;
  const FunctionProto* function = nullptr;
  const Opsets* opsets = nullptr;
  const Arguments* arguments = nullptr;
  int depth = 0;
  std::string module;  // of the call around, for nodes that do not say theirs
  std::string module_class;
  std::unordered_map<std::string_view, ValueId> names;
  std::unordered_map<std::string_view, ValueId> results;  // names that are to become values which exist already (outputs of a call)
};

class Flattener {
 public:
  /// Integers that longer tensors may give to values. Aliases and calls repeat them, so that the file's size is no bound.
  static constexpr std::size_t integers_in_all = std::size_t{1} << 20U;

  explicit Flattener(OnnxFile& file);
  [[nodiscard]] Flat run();

 private:
  // Values and tensors.
  std::string unique_name(std::string_view name, const std::string& where);
  ValueId new_value(std::string_view name, const std::string& where);
  ValueId declare(Scope& scope, std::string_view name, std::uint64_t offset);
  ValueId resolve(const Scope& scope, std::string_view name, const NodeProto& node) const;
  static const ValueId* find(const Scope& scope, std::string_view name) noexcept;
  void describe(ValueId value, const ValueInfoProto& info);
  TensorId add_tensor(StoredTensor tensor, const TensorPlace& place);
  void attach(ValueId value, TensorId tensor);
  const std::vector<std::int64_t>* integers_in(TensorId tensor);
  std::optional<std::vector<std::int64_t>> read_integers(TensorId tensor) const;
  StoredTensor stored(const TensorProto& proto, std::string name, const std::string& where, Storage storage) const;

  // Graphs.
  void add_initializers(const GraphProto& graph, Scope& scope);
  void add_nodes(const std::vector<NodeProto>& nodes, Scope& scope);
  std::vector<std::size_t> order_of(const std::vector<NodeProto>& nodes) const;
  std::vector<ValueId> add_contents(const GraphProto& graph, Scope& scope);
  std::vector<ValueId> add_body(const GraphProto& graph, Scope& scope, std::span<const ValueId> inputs);
  Scope inner_scope(const Scope& outer, const std::string& label, std::string_view attribute) const;
  void count_work(std::size_t amount, std::uint64_t offset);
  /// In a function, whose content is written out once for every call: a small file may not become a large graph.
  void count_copies(const Scope& scope, std::size_t amount, std::uint64_t offset);

  // Nodes.
  void add_node(const NodeProto& node, const std::string& label, Scope& scope);
  bool add_constant(const NodeProto& node, Scope& scope);
  bool add_constant_of_shape(const NodeProto& node, Scope& scope);
  bool add_identity(const NodeProto& node, Scope& scope);
  void check_arity(const NodeProto& node) const;
  void add_plain(const NodeProto& node, const std::string& label, Scope& scope);
  void add_attribute(const NodeProto& node, const AttributeProto& attribute, const std::string& label, Scope& scope, Node& out);
  void add_call(const NodeProto& node, const std::string& label, Scope& scope, const FunctionProto& function);
  void add_if(const NodeProto& node, const std::string& label, Scope& scope);
  void add_loop(const NodeProto& node, const std::string& label, Scope& scope);
  void add_scan(const NodeProto& node, const std::string& label, Scope& scope);
  void add_sequence_map(const NodeProto& node, const std::string& label, Scope& scope);
  ValueId add_pseudo(const NodeProto& node, const char* op, std::vector<ValueId> inputs, int first_slot, ValueId output,
                     const Scope& scope);
  NodeId push(Node node, const NodeOrigin& origin);

  const AttributeProto* argument(const AttributeProto& attribute, const Scope& scope) const;
  const AttributeProto* find_attribute(const NodeProto& node, std::string_view name, const Scope& scope) const;
  const GraphProto& graph_attribute(const NodeProto& node, std::string_view name, const Scope& scope) const;
  const FunctionProto* find_function(const NodeProto& node) const;
  std::vector<ValueId> inputs_of(const NodeProto& node, const Scope& scope) const;
  ValueId output_of(const NodeProto& node, std::size_t slot, const Scope& scope) const;

  OnnxFile& file_;
  const ModelProto& model_;
  const Source& source_;
  Flat flat_;
  Graph& graph_;
  Opsets opsets_;
  std::map<std::string, const FunctionProto*, std::less<>> functions_;
  std::map<const FunctionProto*, Opsets> function_opsets_;
  std::map<const FunctionProto*, Arguments> function_defaults_;
  std::unordered_map<std::string, int> names_;        // and the number that the next clash gets
  std::unordered_map<const void*, TensorId> shared_;  // tensors of functions, which every call reads
  std::vector<const FunctionProto*> holders_;         // by TensorId: the function it stands in
  std::unordered_map<ValueId, NodeOrigin> origins_;   // by the node's outputs: NodeIds change when the graph is sorted
  std::unordered_map<TensorId, std::optional<std::vector<std::int64_t>>> integers_;
  std::size_t integers_left_ = integers_in_all;
  std::size_t work_ = 0;
};

}  // namespace evenkeel::onnx
