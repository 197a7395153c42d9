// SPDX-License-Identifier: Apache-2.0
// Classifies single steps. Regions and norms in pieces are stepped over as one; a step that only moves data is transparent.
#include "graph/roles/flow.hpp"

#include <algorithm>
#include <array>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

bool ends_data(const Node& node) {
  constexpr std::array<std::string_view, 22> ops{
      "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "Equal",  "Less",   "LessOrEqual",     "Greater", "GreaterOrEqual",    "And",
      "Or",    "Not",  "Xor",    "IsNaN",  "IsInf",   "OneHot", "Unique", "ConstantOfShape", "Range",   "NonMaxSuppression", "EyeLike"};
  return std::find(ops.begin(), ops.end(), node.op) != ops.end();
}

}  // namespace

Flow::Flow(const Graph& graph, const WeightSource& weights)
    : graph_(graph),
      weights_(weights),
      provenance_(find_provenance(graph)),
      regions_(graph, weights, provenance_.active),
      norms_(graph, regions_, provenance_),
      layers_(find_layers(graph, weights, provenance_)),
      single_(graph.nodes.size()),
      operands_(graph.nodes.size()),
      steps_(graph.values.size()) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) operands_[n] = find_operands(static_cast<NodeId>(n));
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (node.op != "PRelu" && node.op != "BiasGelu" && node.op != "FastGelu" && node.op != "Gelu" && node.op != "QuickGelu") continue;
    single_[n] = activation_of(node);
    if (single_[n]) single_[n]->node = name_of(static_cast<NodeId>(n));
  }
}

std::string Flow::name_of(NodeId n) const {
  const Node& node = graph_.nodes[n];
  if (!node.name.empty()) return node.name;
  for (const ValueId out : node.outputs)
    if (out != absent) return graph_.values[out].name;
  return node.op;
}

bool Flow::is_residual_norm(const Node& node) const {
  return node.op == "SkipLayerNormalization" || node.op == "SkipSimplifiedLayerNormalization" || node.op == "SkipGroupNorm";
}

std::vector<ValueId> Flow::find_operands(NodeId n) const {
  std::vector<ValueId> data;
  const Node& node = graph_.nodes[n];
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId v = node.inputs[i];
    if (!is_data(v) || provenance_.origins[v]) continue;
    if (node.op == "Where" && i == 0) continue;
    data.push_back(v);
  }
  return data;
}

Kind Flow::kind_of(NodeId n, int slot) const {
  const Node& node = graph_.nodes[n];
  const ValueId from = node.inputs[static_cast<std::size_t>(slot)];
  if (const auto& layer = layers_[n]) {
    if (layer->data == from) return is_fused_attention(node) && node.domain.empty() ? Kind::attention : Kind::layer;
    return is_recurrent(node) ? Kind::layer : Kind::stop;
  }
  if (node.op == "EmbedLayerNormalization") return Kind::embedding;
  if (is_gather(node) && slot == 1) return provenance_.origins[node.inputs[0]] ? Kind::embedding : Kind::stop;
  if (ends_data(node)) return Kind::stop;
  if (!norm_kind(node).empty()) return slot <= 1 ? Kind::norm : Kind::stop;
  if (node.op == "Softmax" || node.op == "LogSoftmax" || node.op == "Hardmax") return Kind::softmax;
  if (is_fused_attention(node)) return Kind::attention;
  if (single_[n]) return Kind::activation;
  const auto& data = operands(n);
  const bool matmul = node.op == "MatMul" || node.op == "Einsum" || node.op == "Gemm" || node.op == "FusedMatMul";
  if (matmul) return data.size() >= 2 ? Kind::contraction : Kind::transparent;
  const bool two = data.size() >= 2 && !(data.size() == 2 && data[0] == data[1]);
  if (node.op == "Mul" || node.op == "Div") return two ? Kind::product : Kind::transparent;
  if (node.op == "Add" || node.op == "Sub" || node.op == "Sum") return two ? Kind::sum : Kind::transparent;
  if (node.op == "Concat" || node.op == "Max" || node.op == "Min" || node.op == "Mean") return two ? Kind::concat : Kind::transparent;
  if (node.op == "TopK") return Kind::selection;
  if (is_view(node) || is_spatial(node)) return slot == 0 ? Kind::transparent : Kind::stop;
  if (node.op == "Where") return slot == 0 ? Kind::stop : Kind::transparent;
  if (node.op == "ScatterND" || node.op == "ScatterElements") return slot == 1 ? Kind::stop : Kind::transparent;
  return Kind::transparent;
}

const std::vector<Step>& Flow::forward(ValueId value) const {
  auto& steps = steps_[value];
  if (!steps) steps = find_steps(value);
  return *steps;
}

std::vector<Step> Flow::find_steps(ValueId value) const {
  std::vector<Step> steps;
  const Value& v = graph_.values[value];
  for (const Pointwise& region : regions_.from(value)) {
    const NodeId last = graph_.values[region.exit].producer;
    if (norms_.is_inside(last)) continue;
    const bool linear = region.function.name == "none";
    steps.push_back({linear ? Kind::transparent : Kind::activation, last, 0, value, region.exit, &region.function, nullptr});
  }
  for (const Norm* norm : norms_.from(value))
    if (norm_kind(graph_.nodes[norm->node]).empty()) steps.push_back({Kind::norm, norm->node, 0, value, norm->output, nullptr, norm});
  for (const Use& use : v.uses) {
    const Node& node = graph_.nodes[use.node];
    const ValueId out = main_output(graph_, node);
    if (regions_.is_inside(use.node, value) || out == absent) continue;
    const bool whole_norm = !norm_kind(node).empty();
    if (norms_.is_inside(use.node) && !whole_norm && norms_.part(use.node) == NormPart::none) continue;
    Step step{kind_of(use.node, use.slot), use.node, use.slot, value, out, nullptr, nullptr};
    if (whole_norm) step.norm = norms_.of(out);
    if (step.kind == Kind::activation) step.function = &*single_[use.node];
    steps.push_back(step);
    if (step.kind == Kind::transparent && node.op == "Split")
      for (std::size_t k = 0; k < node.outputs.size(); ++k)
        if (node.outputs[k] != absent && node.outputs[k] != out)
          steps.push_back({step.kind, use.node, use.slot, value, node.outputs[k], nullptr, nullptr});
  }
  if (v.graph_output) steps.push_back({Kind::output, absent, 0, value, absent, nullptr, nullptr});
  return steps;
}

Step Flow::backward(ValueId value) const {
  const Value& v = graph_.values[value];
  if (const Pointwise* region = regions_.to(value); region && !norms_.is_inside(v.producer))
    return {region->function.name == "none" ? Kind::transparent : Kind::activation,
            v.producer,
            0,
            region->base,
            value,
            &region->function,
            nullptr};
  if (v.producer == absent) return {Kind::stop, absent, 0, absent, value, nullptr, nullptr};
  const Norm* norm = norms_.of(value);
  if (norm && norm->output == value) return {Kind::norm, norm->node, 0, norm->input, value, nullptr, norm};
  const Node& node = graph_.nodes[v.producer];
  const auto& data = operands(v.producer);
  if (const auto& layer = layers_[v.producer]) return {Kind::layer, v.producer, 0, layer->data, value, nullptr, nullptr};
  if (data.empty()) return {Kind::stop, v.producer, 0, absent, value, nullptr, nullptr};
  int slot = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (node.inputs[i] == data[0]) {
      slot = static_cast<int>(i);
      break;
    }
  Step step{kind_of(v.producer, slot), v.producer, slot, data[0], value, nullptr, nullptr};
  if (step.kind == Kind::activation) step.function = &*single_[v.producer];
  if (step.kind == Kind::stop) step.from = absent;
  return step;
}

ValueId Flow::behind(ValueId value) const {
  for (int steps = 0; steps < 400; ++steps) {
    const Step step = backward(value);
    if (step.kind != Kind::transparent || step.from == absent) return value;
    value = step.from;
  }
  return value;
}

}  // namespace evenkeel::roles
