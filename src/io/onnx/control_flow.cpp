// SPDX-License-Identifier: Apache-2.0
// If, Loop, Scan and SequenceMap as pseudo operators: see graph.hpp.
#include <fmt/format.h>

#include "io/onnx/flattener.hpp"

namespace evenkeel::onnx {

Scope Flattener::inner_scope(const Scope& outer, const std::string& label, std::string_view attribute) const {
  Scope inner;
  inner.outer = &outer;
  inner.where = outer.where.empty() ? fmt::format("{}/{}", label, attribute) : fmt::format("{}/{}/{}", outer.where, label, attribute);
  inner.function = outer.function;
  inner.opsets = outer.opsets;
  inner.arguments = outer.arguments;
  inner.depth = outer.depth + 1;
  inner.module = outer.module;
  inner.module_class = outer.module_class;
  return inner;
}

const GraphProto& Flattener::graph_attribute(const NodeProto& node, std::string_view name, const Scope& scope) const {
  const AttributeProto* const attribute = find_attribute(node, name, scope);
  if (attribute == nullptr || attribute->graph_list.empty()) {
    source_.fail_at(node.body.begin,
                    fmt::format("expected the graph '{}' in node '{}' ({}), found none; export the model again", name, node.name, node.op));
  }
  return attribute->graph_list.front();
}

ValueId Flattener::add_pseudo(const NodeProto& node, const char* op, std::vector<ValueId> inputs, int first_slot, ValueId output,
                              const Scope& scope) {
  Node out;
  out.name = std::string(node.name);
  out.op = op;
  out.domain = "evenkeel";
  out.opset = 1;
  std::erase(inputs, absent);
  out.inputs = std::move(inputs);
  out.outputs = {output};
  out.scope = scope_of(node);
  out.class_name = class_of(node);
  push(std::move(out), {&node, first_slot, scope.function != nullptr});
  return output;
}

void Flattener::add_if(const NodeProto& node, const std::string& label, Scope& scope) {
  Scope then_scope = inner_scope(scope, label, "then_branch");
  Scope else_scope = inner_scope(scope, label, "else_branch");
  const auto then_outputs = add_body(graph_attribute(node, "then_branch", scope), then_scope, {});
  const auto else_outputs = add_body(graph_attribute(node, "else_branch", scope), else_scope, {});
  if (then_outputs.size() < node.outputs.size() || else_outputs.size() < node.outputs.size()) {
    source_.fail_at(node.body.begin, fmt::format("node '{}' (If) has {} outputs, its branches have {} and {}; export the model again",
                                                 node.name, node.outputs.size(), then_outputs.size(), else_outputs.size()));
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    if (output != absent) add_pseudo(node, "Merge", {then_outputs[i], else_outputs[i]}, -1, output, scope);
  }
}

void Flattener::add_loop(const NodeProto& node, const std::string& label, Scope& scope) {
  const GraphProto& body = graph_attribute(node, "body", scope);
  const std::vector<ValueId> given = inputs_of(node, scope);
  const std::size_t states = given.size() < 2 ? 0 : given.size() - 2;
  if (body.inputs.size() != states + 2 || body.outputs.size() < states + 1 || node.outputs.size() + 1 > body.outputs.size()) {
    source_.fail_at(node.body.begin,
                    fmt::format("node '{}' (Loop) has {} inputs and {} outputs, its body {} and {}; expected as many inputs and "
                                "one output more; export the model again",
                                node.name, given.size(), node.outputs.size(), body.inputs.size(), body.outputs.size()));
  }
  Scope inner = inner_scope(scope, label, "body");
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    const ValueId value = new_value(body.inputs[i].name, inner.where);
    describe(value, body.inputs[i]);
    inputs.push_back(value);
    if (i >= 2) add_pseudo(node, "Carry", {given[i]}, static_cast<int>(i), value, scope);
  }
  const std::vector<ValueId> results = add_body(body, inner, inputs);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    if (output == absent) continue;
    if (i < states)
      add_pseudo(node, "Merge", {given[i + 2], results[i + 1]}, -1, output, scope);
    else
      add_pseudo(node, "ScanStack", {results[i + 1]}, -1, output, scope);
  }
}

void Flattener::add_scan(const NodeProto& node, const std::string& label, Scope& scope) {
  const GraphProto& body = graph_attribute(node, "body", scope);
  const std::vector<ValueId> given = inputs_of(node, scope);
  const auto opset = scope.opsets->find(std::string_view{});
  // Opset 8 has the lengths of the sequences as its first input.
  const std::size_t first = opset != scope.opsets->end() && opset->second < 9 ? 1 : 0;
  const AttributeProto* const scanned = find_attribute(node, "num_scan_inputs", scope);
  const std::size_t scans = scanned != nullptr && scanned->i > 0 ? static_cast<std::size_t>(scanned->i) : 0;
  if (scans == 0 || given.size() < first + scans || body.inputs.size() != given.size() - first ||
      node.outputs.size() > body.outputs.size()) {
    source_.fail_at(node.body.begin,
                    fmt::format("node '{}' (Scan) has {} inputs and {} outputs, its body {} and {}, of them {} scanned; expected "
                                "equal numbers; export the model again",
                                node.name, given.size() - first, node.outputs.size(), body.inputs.size(), body.outputs.size(), scans));
  }
  const std::size_t states = given.size() - first - scans;
  Scope inner = inner_scope(scope, label, "body");
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    const ValueId value = new_value(body.inputs[i].name, inner.where);
    describe(value, body.inputs[i]);
    inputs.push_back(value);
    add_pseudo(node, i < states ? "Carry" : "ScanElement", {given[first + i]}, static_cast<int>(first + i), value, scope);
  }
  const std::vector<ValueId> results = add_body(body, inner, inputs);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    if (output == absent) continue;
    if (i < states)
      add_pseudo(node, "Merge", {given[first + i], results[i]}, -1, output, scope);
    else
      add_pseudo(node, "ScanStack", {results[i]}, -1, output, scope);
  }
}

void Flattener::add_sequence_map(const NodeProto& node, const std::string& label, Scope& scope) {
  const GraphProto& body = graph_attribute(node, "body", scope);
  const std::vector<ValueId> given = inputs_of(node, scope);
  if (body.inputs.size() != given.size() || node.outputs.size() > body.outputs.size()) {
    source_.fail_at(node.body.begin,
                    fmt::format("node '{}' (SequenceMap) has {} inputs, its body {}; expected equal numbers; export the model "
                                "again",
                                node.name, given.size(), body.inputs.size()));
  }
  Scope inner = inner_scope(scope, label, "body");
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < given.size(); ++i) {
    // The first input is a sequence; the others may be tensors, which the body sees whole.
    const bool whole = i > 0 && given[i] != absent && graph_.values[static_cast<std::size_t>(given[i])].shape.has_value();
    if (whole) {
      inputs.push_back(given[i]);
      continue;
    }
    const ValueId value = new_value(body.inputs[i].name, inner.where);
    describe(value, body.inputs[i]);
    inputs.push_back(value);
    add_pseudo(node, "ScanElement", {given[i]}, static_cast<int>(i), value, scope);
  }
  const std::vector<ValueId> results = add_body(body, inner, inputs);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    if (output != absent) add_pseudo(node, "ScanStack", {results[i]}, -1, output, scope);
  }
}

}  // namespace evenkeel::onnx
