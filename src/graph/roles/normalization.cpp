// SPDX-License-Identifier: Apache-2.0
// One pass over the nodes with three kinds of marks: values made of moments of x, x minus its mean, and results of a norm.
#include "graph/roles/normalization.hpp"

#include <algorithm>

#include "graph/roles/ops.hpp"
#include "graph/roles/scalar.hpp"

namespace evenkeel::roles {
namespace {

bool takes_root(const Node& node) { return node.op == "Sqrt" || node.op == "ReduceL2" || node.op == "Pow"; }

/// Axes counted from the end: a norm over the last axis is a layer norm, one over space an instance norm.
bool reduces_last(const Node& node, const Graph& graph) {
  auto axes = integers_of(node, "axes");
  if (axes.empty() && node.inputs.size() > 1 && node.inputs[1] != absent)
    axes = graph.values[node.inputs[1]].integers.value_or(std::vector<std::int64_t>{});
  const auto& shape = graph.values[node.inputs[0]].shape;
  return axes.empty() || std::any_of(axes.begin(), axes.end(), [&](std::int64_t a) {
           return a == -1 || (shape && a == static_cast<std::int64_t>(shape->size()) - 1 && axes.size() == 1) || (a == 1);
         });
}

}  // namespace

Norms::Norms(const Graph& graph, const PointwiseRegions& regions, const Provenance& provenance)
    : graph_(graph), regions_(regions), origins_(provenance.origins), active_(provenance.active) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) visit(static_cast<NodeId>(n));
  find_inner_parts();
  mark_inside();
}

/// A scale that multiplies the reciprocal root before x does, and a shift from which the scaled mean is taken.
void Norms::find_inner_parts() {
  std::map<ValueId, int> by_root;
  for (std::size_t i = 0; i < norms_.size(); ++i)
    if (norm_kind(graph_.nodes[norms_[i].node]).empty()) by_root[norms_[i].input] = static_cast<int>(i);
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    const Node& node = graph_.nodes[n];
    if (node.outputs.empty() || node.inputs.size() != 2 || parts_.contains(static_cast<NodeId>(n))) continue;
    const auto moment = moment_.find(node.outputs[0]);
    if (moment == moment_.end() || !moment->second.rooted || !by_root.contains(moment->second.root)) continue;
    for (const ValueId v : node.inputs) {
      const bool vector =
          !is_data(v) && origins_[v] && !origins_[v]->computed && element_count(graph_.tensors[origins_[v]->tensor].shape) > 1;
      if (!vector) continue;
      parts_[static_cast<NodeId>(n)] = {node.op == "Mul" || node.op == "Div" ? NormPart::scale : NormPart::shift,
                                        by_root[moment->second.root]};
    }
  }
}

/// Behind casts, factors and squares; an activation is where a value begins.
ValueId Norms::root_of(ValueId value) const {
  for (int steps = 0; steps < 12; ++steps) {
    if (const auto found = centred_.find(value); found != centred_.end()) return found->second;
    const NodeId producer = graph_.values[value].producer;
    if (producer == absent || regions_.base_of(value) == value) return value;
    const Node& node = graph_.nodes[producer];
    const bool square =
        node.op == "Pow" || node.op == "Abs" || (node.op == "Mul" && node.inputs.size() == 2 && node.inputs[0] == node.inputs[1]);
    ValueId from = absent;
    int operands = 0;
    for (const ValueId v : node.inputs)
      if (is_data(v) && v != from) from = v, ++operands;
    if (operands != 1 || !(square || is_linear_step(node))) return value;
    value = from;
  }
  return value;
}

void Norms::add(std::string kind, ValueId input, ValueId output, NodeId node) {
  result_[output] = static_cast<int>(norms_.size());
  stage_[output] = 0;
  norms_.push_back({std::move(kind), input, output, node});
}

void Norms::visit(NodeId n) {
  const Node& node = graph_.nodes[n];
  if (node.outputs.empty() || node.outputs[0] == absent || node.inputs.empty()) return;
  const auto kind = norm_kind(node);
  if (!kind.empty()) {
    add(std::string(kind), node.inputs[0], node.outputs[0], n);
    stage_[node.outputs[0]] = node.op == "LpNormalization" || node.op == "MeanVarianceNormalization" ? 0 : 1;
    return;
  }
  if (is_reduction(node)) return visit_reduction(n);
  if (visit_division(n)) return;
  visit_moments(n);
  visit_affine(n);
}

void Norms::visit_reduction(NodeId n) {
  const Node& node = graph_.nodes[n];
  const bool moments = node.op == "ReduceMean" || node.op == "ReduceSum" || node.op == "ReduceL2" || node.op == "ReduceSumSquare";
  if (!moments || !is_data(node.inputs[0])) return;
  moment_[node.outputs[0]] = {.root = root_of(node.inputs[0]), .rooted = node.op == "ReduceL2", .mean_only = reduces_last(node, graph_)};
}

/// Arithmetic among moments and constants gives moments; x minus its mean is centred.
void Norms::visit_moments(NodeId n) {
  const Node& node = graph_.nodes[n];
  const ValueId out = node.outputs[0];
  if (!is_elementwise(node) && !is_view(node)) return;
  Moment moment;
  bool all = true;
  for (const ValueId in : node.inputs) {
    if (!is_data(in)) continue;
    const auto found = moment_.find(in);
    if (found == moment_.end() || (moment.root != absent && found->second.root != moment.root)) {
      all = false;
      break;
    }
    moment.root = found->second.root;
    moment.rooted = moment.rooted || found->second.rooted;
    moment.mean_only = found->second.mean_only;
  }
  if (all && moment.root != absent) {
    moment.rooted = moment.rooted || takes_root(node);
    moment_[out] = moment;
    return;
  }
  if (node.op == "Sub" && node.inputs.size() == 2 && is_data(node.inputs[0])) {
    const auto found = moment_.find(node.inputs[1]);
    if (found != moment_.end() && !found->second.rooted && root_of(node.inputs[0]) == found->second.root)
      centred_[out] = found->second.root;
  }
}

bool Norms::is_centred(ValueId value) const {
  for (int steps = 0; steps < 12; ++steps) {
    if (centred_.contains(value)) return true;
    if (regions_.base_of(value) == value || !regions_.is_linear(value)) return false;
    value = regions_.base_of(value);
  }
  return false;
}

/// x or x - mean(x), divided by (or multiplied with the reciprocal of) a root of moments of x.
bool Norms::visit_division(NodeId n) {
  const Node& node = graph_.nodes[n];
  if ((node.op != "Mul" && node.op != "Div") || node.inputs.size() != 2) return false;
  for (int side = 0; side < (node.op == "Div" ? 1 : 2); ++side) {
    const ValueId x = node.inputs[static_cast<std::size_t>(side)];
    const ValueId by = node.inputs[static_cast<std::size_t>(1 - side)];
    const auto found = moment_.find(by);
    if (!is_data(x) || found == moment_.end() || !found->second.rooted || moment_.contains(x)) continue;
    if (root_of(x) != found->second.root) continue;
    const bool centred = is_centred(x);
    // tf2onnx writes gamma * rsqrt(var) first and beta - mean * that later: then x itself is multiplied
    const bool shifted_later =
        std::any_of(graph_.values[node.outputs[0]].uses.begin(), graph_.values[node.outputs[0]].uses.end(), [&](const Use& use) {
          const Node& next = graph_.nodes[use.node];
          return next.op == "Add" && next.inputs.size() == 2 &&
                 std::any_of(next.inputs.begin(), next.inputs.end(), [&](ValueId v) { return moment_.contains(v); });
        });
    const bool layer = centred || shifted_later;
    add(layer ? (found->second.mean_only ? "layer_norm" : "instance_norm") : "rms_norm", found->second.root, node.outputs[0], n);
    return true;
  }
  return false;
}

/// Scale and shift of a norm in nodes of their own, and the constant Sub, Mul, Add that an inference graph leaves of a batch norm.
void Norms::visit_affine(NodeId n) {
  const Node& node = graph_.nodes[n];
  const ValueId out = node.outputs[0];
  if (node.inputs.empty()) return;
  const bool passes = is_view(node) || node.op == "Merge";
  if (passes && result_.contains(node.inputs[0])) {
    result_[out] = result_[node.inputs[0]];
    stage_[out] = stage_[node.inputs[0]];
    return;
  }
  if (node.inputs.size() != 2) return;
  const bool arithmetic = node.op == "Mul" || node.op == "Add" || node.op == "Sub" || node.op == "Div";
  if (!arithmetic) return;
  for (std::size_t side = 0; side < 2; ++side) {
    const ValueId x = node.inputs[side], constant = node.inputs[1 - side];
    const auto found = result_.find(x);
    if (found == result_.end()) continue;
    const auto& origin = origins_[constant];
    const bool vector = origin && !origin->computed && !is_data(constant) && element_count(graph_.tensors[origin->tensor].shape) > 1;
    const int stage = stage_[x];
    const bool unit_width = origin && !is_data(constant) && !vector && !graph_.tensors[origin->tensor].shape.empty() &&
                            graph_.values[x].shape && !graph_.values[x].shape->empty() && graph_.values[x].shape->back() == 1;
    if (node.op == "Mul" && (vector || unit_width) && stage < 2) {
      parts_[n] = {NormPart::scale, found->second};
      result_[out] = found->second;
      stage_[out] = 1;
    } else if ((node.op == "Add" || node.op == "Sub") && (vector || unit_width) && stage < 2) {
      parts_[n] = {NormPart::shift, found->second};
      result_[out] = found->second;
      stage_[out] = 2;
    } else if (moment_.contains(constant)) {  // beta - mean * rsqrt: the shift went into the moments
      result_[out] = found->second;
      stage_[out] = 2;
    } else if (regions_.is_linear(out) && regions_.base_of(out) != out) {
      result_[out] = found->second;
      stage_[out] = stage;
    }
    return;
  }
  visit_constants_only(n);
}

/// Sub(x, mean), Mul(, gamma / sqrt(var)), Add(, beta), all constants: a batch norm of an inference graph.
void Norms::visit_constants_only(NodeId n) {
  const Node& sub = graph_.nodes[n];
  if (sub.op != "Sub" || !is_data(sub.inputs[0]) || !origins_[sub.inputs[1]]) return;
  const auto constant_side = [&](const Node& node) { return is_data(node.inputs[0]) ? std::size_t{1} : std::size_t{0}; };
  const auto vector = [&](ValueId v) { return origins_[v] && element_count(graph_.tensors[origins_[v]->tensor].shape) > 1; };
  if (!vector(sub.inputs[1])) return;
  std::vector<NodeId> chain{n};
  ValueId at = sub.outputs[0];
  while (graph_.values[at].uses.size() == 1 && chain.size() < 4) {
    const NodeId next = graph_.values[at].uses[0].node;
    const Node& node = graph_.nodes[next];
    const bool fits =
        (node.op == "Mul" || node.op == "Div" || node.op == "Add") && node.inputs.size() == 2 && vector(node.inputs[constant_side(node)]);
    if (!fits) break;
    chain.push_back(next);
    at = node.outputs[0];
    if (node.op == "Add") break;
  }
  if (chain.size() < 2) return;
  const int norm = static_cast<int>(norms_.size());
  norms_.push_back({"batch_norm", sub.inputs[0], at, n});
  parts_[n] = {NormPart::mean, norm};
  // of two factors the first is 1/sqrt(var) and the second gamma; a single one is both, folded together
  int factors = 0;
  for (std::size_t i = 1; i < chain.size(); ++i) factors += graph_.nodes[chain[i]].op != "Add";
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const Node& node = graph_.nodes[chain[i]];
    const bool gamma = node.op == "Mul" && factors == 2 && i == 2;
    parts_[chain[i]] = {node.op == "Add" ? NormPart::shift : gamma ? NormPart::scale : NormPart::folded, norm};
    result_[node.outputs[0]] = norm;
    stage_[node.outputs[0]] = 2;
  }
  result_[sub.outputs[0]] = norm;
  stage_[sub.outputs[0]] = 2;
}

void Norms::mark_inside() {
  std::set<ValueId> roots;
  for (const Norm& norm : norms_)
    if (norm_kind(graph_.nodes[norm.node]).empty()) roots.insert(norm.input);
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    const Node& node = graph_.nodes[n];
    if (node.outputs.empty() || node.outputs[0] == absent) continue;
    const ValueId out = node.outputs[0];
    const auto moment = moment_.find(out);
    const bool inner =
        (moment != moment_.end() && roots.contains(moment->second.root)) || (centred_.contains(out) && roots.contains(centred_[out]));
    const bool square = !inner && regions_.base_of(out) != out && !graph_.values[out].uses.empty() &&
                        std::all_of(graph_.values[out].uses.begin(), graph_.values[out].uses.end(), [&](const Use& use) {
                          const auto reduced = moment_.find(graph_.nodes[use.node].outputs[0]);
                          return reduced != moment_.end() && is_reduction(graph_.nodes[use.node]) && roots.contains(reduced->second.root);
                        });
    if (inner || square) inside_.insert(static_cast<NodeId>(n));
  }
  for (const Norm& norm : norms_) inside_.insert(norm.node);
}

const Norm* Norms::of(ValueId value) const {
  const auto found = result_.find(value);
  return found == result_.end() ? nullptr : &norms_[static_cast<std::size_t>(found->second)];
}

std::vector<const Norm*> Norms::from(ValueId input) const {
  std::vector<const Norm*> found;
  for (const Norm& norm : norms_)
    if (norm.input == input) found.push_back(&norm);
  return found;
}

NormPart Norms::part(NodeId node) const {
  const auto found = parts_.find(node);
  return found == parts_.end() ? NormPart::none : found->second.first;
}

const Norm* Norms::norm_of_part(NodeId node) const {
  const auto found = parts_.find(node);
  return found == parts_.end() ? nullptr : &norms_[static_cast<std::size_t>(found->second.second)];
}

}  // namespace evenkeel::roles
