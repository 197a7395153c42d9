// SPDX-License-Identifier: Apache-2.0
// Attribute access, uses and topological order.
#include "evenkeel/graph/graph.hpp"

#include <functional>
#include <queue>
#include <utility>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

template <class Wanted>
const Wanted* find_attribute(const Node& node, const std::string& attribute) {
  const auto found = node.attributes.find(attribute);
  return found == node.attributes.end() ? nullptr : std::get_if<Wanted>(&found->second);
}

void set_producers(Graph& graph) {
  for (Value& value : graph.values) value.producer = absent;
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const auto& outputs = graph.nodes[node].outputs;
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
      if (outputs[slot] == absent) continue;
      Value& value = graph.values[static_cast<std::size_t>(outputs[slot])];
      if (value.producer != absent)
        fail(ErrorCode::bad_file, "two nodes produce '" + value.name + "', expected one; export the model again");
      value.producer = static_cast<NodeId>(node);
      value.output_slot = static_cast<int>(slot);
    }
  }
}

void set_uses(Graph& graph) {
  for (Value& value : graph.values) value.uses.clear();
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const auto& inputs = graph.nodes[node].inputs;
    for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
      if (inputs[slot] == absent) continue;
      graph.values[static_cast<std::size_t>(inputs[slot])].uses.push_back({static_cast<NodeId>(node), static_cast<int>(slot)});
    }
  }
}

bool is_sorted(const Graph& graph) {
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    for (const ValueId input : graph.nodes[node].inputs) {
      if (input != absent && graph.values[static_cast<std::size_t>(input)].producer >= static_cast<NodeId>(node)) return false;
    }
  }
  return true;
}

/// Kahn's algorithm, the earliest ready node first, so that a sorted list stays as it is.
std::vector<std::size_t> sorted_order(const Graph& graph) {
  std::vector<std::size_t> waiting(graph.nodes.size(), 0);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    for (const ValueId input : graph.nodes[node].inputs) {
      if (input != absent && graph.values[static_cast<std::size_t>(input)].producer != absent) ++waiting[node];
    }
    if (waiting[node] == 0) ready.push(node);
  }
  std::vector<std::size_t> order;
  order.reserve(graph.nodes.size());
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const ValueId output : graph.nodes[node].outputs) {
      if (output == absent) continue;
      for (const Use& use : graph.values[static_cast<std::size_t>(output)].uses) {
        if (--waiting[static_cast<std::size_t>(use.node)] == 0) ready.push(static_cast<std::size_t>(use.node));
      }
    }
  }
  if (order.size() != graph.nodes.size()) {
    std::size_t stuck = 0;
    while (waiting[stuck] == 0) ++stuck;
    const Node& node = graph.nodes[stuck];
    fail(ErrorCode::bad_file,
         "node '" + node.name + "' (" + node.op + ") depends on its own output, expected a graph without cycles; export the model again");
  }
  return order;
}

}  // namespace

const Value* Graph::find_value(std::string_view name) const noexcept {
  for (const Value& value : values) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

std::int64_t integer_of(const Node& node, const std::string& attribute, std::int64_t otherwise) {
  const auto* const value = find_attribute<std::int64_t>(node, attribute);
  return value == nullptr ? otherwise : *value;
}

double real_of(const Node& node, const std::string& attribute, double otherwise) {
  const auto* const value = find_attribute<double>(node, attribute);
  return value == nullptr ? otherwise : *value;
}

std::string text_of(const Node& node, const std::string& attribute, const std::string& otherwise) {
  const auto* const value = find_attribute<std::string>(node, attribute);
  return value == nullptr ? otherwise : *value;
}

std::vector<std::int64_t> integers_of(const Node& node, const std::string& attribute) {
  const auto* const value = find_attribute<std::vector<std::int64_t>>(node, attribute);
  return value == nullptr ? std::vector<std::int64_t>{} : *value;
}

void finish(Graph& graph) {
  set_producers(graph);
  set_uses(graph);
  if (is_sorted(graph)) return;
  std::vector<Node> nodes;
  nodes.reserve(graph.nodes.size());
  for (const std::size_t node : sorted_order(graph)) nodes.push_back(std::move(graph.nodes[node]));
  graph.nodes = std::move(nodes);
  set_producers(graph);
  set_uses(graph);
}

}  // namespace evenkeel
