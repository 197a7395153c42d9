// SPDX-License-Identifier: Apache-2.0
// Scores may pass scales, masks and position biases before the softmax, probabilities a dropout or a mask after it.
#include "graph/roles/attention.hpp"

#include <algorithm>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

bool is_contraction(const Flow& flow, NodeId n) {
  const Node& node = flow.graph().nodes[n];
  const bool product = node.op == "MatMul" || node.op == "Einsum" || node.op == "FusedMatMul";
  return product && !flow.layer(n) && flow.operands(n).size() >= 2;
}

/// Of the two operands of a contraction, the one that carries the last axis of the result.
std::size_t last_axis_operand(const Node& node) {
  if (node.op != "Einsum") return 1;
  const auto terms = parse_einsum(node);
  if (!terms || terms->output.empty()) return 1;
  return terms->inputs[1].find(terms->output.back()) != std::string::npos ? 1 : 0;
}

}  // namespace

Attentions::Attentions(const Flow& flow) : flow_(flow) {
  for (std::size_t n = 0; n < flow.graph().nodes.size(); ++n) {
    const Node& node = flow.graph().nodes[n];
    if (node.op == "Softmax") find_in_pieces(static_cast<NodeId>(n));
    if (is_fused_attention(node)) find_fused(static_cast<NodeId>(n));
  }
}

void Attentions::find_in_pieces(NodeId softmax) {
  const Graph& graph = flow_.graph();
  NodeId scores = absent;
  std::vector<ValueId> stack{graph.nodes[softmax].inputs[0]};
  std::set<ValueId> seen;
  while (!stack.empty() && scores == absent && seen.size() < 64) {
    const ValueId v = stack.back();
    stack.pop_back();
    if (!seen.insert(v).second) continue;
    const NodeId producer = graph.values[v].producer;
    if (producer == absent || flow_.layer(producer)) continue;
    if (is_contraction(flow_, producer)) scores = producer;
    for (const ValueId in : flow_.operands(producer)) stack.push_back(in);
  }
  if (scores == absent) return;
  NodeId result = absent;
  std::vector<ValueId> ahead{graph.nodes[softmax].outputs[0]};
  seen.clear();
  ValueId probabilities = absent;
  while (!ahead.empty() && result == absent && seen.size() < 64) {
    const ValueId v = ahead.back();
    ahead.pop_back();
    if (!seen.insert(v).second) continue;
    for (const Use& use : graph.values[v].uses) {
      const Node& node = graph.nodes[use.node];
      if (main_output(graph, node) == absent || node.op == "Shape") continue;
      if (is_contraction(flow_, use.node)) {
        result = use.node;
        probabilities = v;
      } else if (!flow_.layer(use.node)) {
        ahead.push_back(main_output(graph, node));
      }
    }
  }
  if (result == absent) return;
  const Node& score_node = graph.nodes[scores];
  const std::size_t keys = last_axis_operand(score_node);
  parts_[{score_node.inputs[keys], scores}] = 'k';
  parts_[{score_node.inputs[1 - keys], scores}] = 'q';
  for (const ValueId v : graph.nodes[result].inputs)
    if (v != probabilities) parts_[{v, result}] = 'v';
  scores_.insert(scores);
  results_.insert(result);
}

/// Fused nodes read query, key and value in their first three slots, or a projection of all three in the first.
void Attentions::find_fused(NodeId n) {
  const Node& node = flow_.graph().nodes[n];
  results_.insert(n);
  if (flow_.layer(n)) return;
  const char names[] = {'q', 'k', 'v'};
  for (std::size_t i = 0; i < 3 && i < node.inputs.size(); ++i)
    if (flow_.is_data(node.inputs[i])) parts_[{node.inputs[i], n}] = names[i];
}

char Attentions::part(ValueId value, NodeId reader) const {
  const auto found = parts_.find({value, reader});
  return found == parts_.end() ? '\0' : found->second;
}

}  // namespace evenkeel::roles
