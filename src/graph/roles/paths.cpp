// SPDX-License-Identifier: Apache-2.0
// Walks are bounded; they end at the next layer, residual add, attention or output.
#include "graph/roles/paths.hpp"

#include <algorithm>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {

Paths::Paths(const Flow& flow, const Attentions& attentions, const Residuals& residuals)
    : flow_(flow),
      attentions_(attentions),
      residuals_(residuals),
      depth_(flow.graph().nodes.size()),
      layer_after_(flow.graph().values.size()) {
  const Graph& graph = flow.graph();
  std::vector<int> value_depth(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const NodeId id = static_cast<NodeId>(n);
    int depth = 0;
    for (const ValueId v : flow.operands(id)) depth = std::max(depth, value_depth[v]);
    depth_[n] = depth + (flow.layer(id) ? 1 : 0);
    for (const ValueId out : graph.nodes[n].outputs)
      if (out != absent) value_depth[out] = depth_[n];
  }
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const NodeId id = static_cast<NodeId>(n);
    const auto& layer = flow.layer(id);
    const auto& outputs = graph.nodes[n].outputs;
    const bool after = layer || std::any_of(outputs.begin(), outputs.end(), [&](ValueId v) { return v != absent && layer_after_[v]; });
    if (!after) continue;
    if (layer) layer_after_[layer->data] = true;
    for (const ValueId v : flow.operands(id)) layer_after_[v] = true;
  }
}

Before Paths::before(ValueId data) const {
  Before found;
  int visits = 0;
  walk_before(data, found, 0, visits);
  return found;
}

void Paths::walk_before(ValueId value, Before& found, int depth, int& visits) const {
  for (int steps = 0; steps < 200; ++steps) {
    const Step step = flow_.backward(value);
    switch (step.kind) {
      case Kind::transparent:
        if (step.from == absent) return;
        value = step.from;
        continue;
      case Kind::activation:
        found.function = *step.function;
        return;
      case Kind::norm:
        found.norm = step.norm ? step.norm->kind : std::string(norm_kind(flow_.graph().nodes[step.node]));
        found.norm_node = step.node;
        return;
      case Kind::softmax:
        found.function = {"softmax", {}, flow_.name_of(step.node)};
        return;
      case Kind::embedding:
        found.embedding = true;
        return;
      case Kind::attention:
        found.attention = true;
        return;
      case Kind::contraction:
        found.attention = attentions_.makes_result(step.node);
        return;
      case Kind::sum:
        found.sum = true;
        return;
      case Kind::layer:
        found.attention = is_fused_attention(flow_.graph().nodes[step.node]);
        if (const auto fused = fused_activation_of(flow_.graph().nodes[step.node])) found.function = *fused;
        return;
      case Kind::product:
      case Kind::concat: {
        std::vector<Before> parts;
        for (const ValueId v : flow_.operands(step.node)) {
          Before part;
          if (depth < 4 && ++visits <= 1000) walk_before(v, part, depth + 1, visits);
          parts.push_back(part);
        }
        if (step.kind == Kind::product) {
          found.product = true;
          for (const Before& part : parts) {  // of a squeeze-and-excite product, the activation of the signal rather than the gate's
            const bool gate = part.function.name == "sigmoid" || part.function.name == "hardsigmoid" || part.function.name == "softmax";
            const bool weaker = found.function.name == "none" || found.function.name == "sigmoid" || found.function.name == "hardsigmoid";
            if (part.function.name != "none" && (found.function.name == "none" || (weaker && !gate))) found.function = part.function;
          }
        } else if (!parts.empty()) {
          const bool same =
              std::all_of(parts.begin(), parts.end(), [&](const Before& p) { return p.function.name == parts[0].function.name; });
          found.function = same ? parts[0].function : Nonlinearity{"mixed", {}, flow_.name_of(step.node)};
          found.input = std::all_of(parts.begin(), parts.end(), [](const Before& p) { return p.input; });
          found.norm_node = parts[0].norm_node;
          found.norm =
              std::all_of(parts.begin(), parts.end(), [&](const Before& p) { return p.norm == parts[0].norm; }) ? parts[0].norm : "";
        }
        return;
      }
      default:
        if (step.node != absent) {
          const std::string& op = flow_.graph().nodes[step.node].op;
          found.one_hot = op == "OneHot" || op == "Equal";
        }
        found.input = step.node == absent;
        return;
    }
  }
}

After Paths::after(ValueId output) const {
  After found;
  std::vector<Nonlinearity> functions;
  int visits = 0;
  if (const NodeId producer = flow_.graph().values[output].producer; producer != absent) {
    if (const auto fused = fused_activation_of(flow_.graph().nodes[producer])) functions.push_back(*fused);
  }
  walk_after(output, found, functions, !functions.empty(), 0, visits);
  if (!functions.empty()) {
    found.function = functions[0];
    const bool same = std::all_of(functions.begin(), functions.end(), [&](const Nonlinearity& f) { return f.name == functions[0].name; });
    if (!same) found.function = {"mixed", {}, functions[0].node};
  }
  return found;
}

void Paths::walk_after(ValueId value, After& found, std::vector<Nonlinearity>& functions, bool seen, int depth, int& visits) const {
  if (depth > 60 || ++visits > 200) return;
  const auto ends = [&] {
    if (!seen) functions.push_back({});
  };
  for (const Step& step : flow_.forward(value)) {
    if (step.kind == Kind::stop) continue;
    if (step.kind == Kind::output) {
      found.output = true;
      ends();
      continue;
    }
    if (const char part = attentions_.part(value, step.node)) {
      if (found.attention.find(part) == std::string::npos) found.attention += part;
      ends();
      continue;
    }
    if (residuals_.is_add(step.node)) {
      found.residual = true;
      ends();
      continue;
    }
    switch (step.kind) {
      case Kind::layer:
      case Kind::embedding:
      case Kind::contraction:
      case Kind::attention:
        found.layer = true;
        ends();
        break;
      case Kind::activation:
        if (seen) break;
        functions.push_back(*step.function);
        walk_after(step.to, found, functions, true, depth + 1, visits);
        break;
      case Kind::softmax:
        if (!seen) functions.push_back({"softmax", {}, flow_.name_of(step.node)});
        walk_after(step.to, found, functions, true, depth + 1, visits);
        break;
      case Kind::norm:
        if (seen) break;
        if (found.norm.empty()) found.norm = step.norm ? step.norm->kind : std::string(norm_kind(flow_.graph().nodes[step.node]));
        walk_after(step.to, found, functions, seen, depth + 1, visits);
        break;
      case Kind::product:
        found.product = true;
        ends();
        break;
      case Kind::selection:
        found.selection = true;
        ends();
        break;
      default:
        walk_after(step.to, found, functions, seen, depth + 1, visits);
    }
  }
}

}  // namespace evenkeel::roles
