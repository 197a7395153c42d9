// SPDX-License-Identifier: Apache-2.0
// Collects the uses of every stored tensor, lets the most telling one decide, and adds what stands around it.
#include "evenkeel/graph/analyse.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/floating_environment.hpp"
#include "graph/names/analyse_names.hpp"
#include "graph/roles/describe.hpp"
#include "graph/roles/ops.hpp"
#include "graph/roles/ties.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel {
namespace {

using roles::Reading;
using roles::RoleUse;

/// A weight says more about a tensor than a bias, a bias more than a constant.
int weight_of(Role role) {
  if (role == Role::embedding) return 10;
  if (role == Role::packed_qkv || role == Role::packed_gates || role == Role::packed_gate_up) return 9;
  if (has_fans(role)) return 8;
  switch (role) {
    case Role::quantized:
      return 7;
    case Role::norm_scale:
    case Role::packed_gate_bias:
      return 6;
    case Role::norm_shift:
    case Role::running_mean:
    case Role::running_var:
      return 5;
    case Role::constant:
      return 0;
    case Role::unknown:
      return 1;
    default:
      return 4;
  }
}

/// Whether a node uses a weight up, rather than handing it on as another view of itself.
bool consumes(const Reading& reading, const Node& node) {
  const auto& active = reading.flow.origins();
  return std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId v) { return reading.flow.is_data(v) && !active[v]; });
}

std::map<TensorId, std::vector<RoleUse>> find_uses(const Reading& reading) {
  std::map<TensorId, std::vector<RoleUse>> uses;
  const Graph& graph = reading.graph();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!consumes(reading, node)) continue;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      const ValueId v = node.inputs[slot];
      if (v == absent || !reading.flow.origins()[v]) continue;
      const roles::Origin& origin = *reading.flow.origins()[v];
      RoleUse use = roles::use_of(reading, origin.tensor, static_cast<NodeId>(n), static_cast<int>(slot), v);
      for (const TensorId other : origin.others) uses[other].push_back(roles::part_use(reading, use, other));
      uses[origin.tensor].push_back(std::move(use));
    }
  }
  return uses;
}

/// Scales and zero points that stand beside quantized weights.
std::set<TensorId> quantization_tensors(const Graph& graph) {
  std::set<TensorId> found;
  for (const Node& node : graph.nodes) {
    const bool quantizes = node.op == "QuantizeLinear" || node.op == "DequantizeLinear" || roles::is_quantized_layer(node);
    if (!quantizes) continue;
    for (std::size_t i = roles::is_quantized_layer(node) ? 0 : 1; i < node.inputs.size(); ++i)
      if (node.inputs[i] != absent && graph.values[node.inputs[i]].tensor != absent) found.insert(graph.values[node.inputs[i]].tensor);
  }
  return found;
}

bool is_used(const Graph& graph, TensorId tensor) {
  return std::any_of(graph.values.begin(), graph.values.end(),
                     [&](const Value& v) { return v.tensor == tensor && (!v.uses.empty() || v.graph_output); });
}

Parameter left_alone(const Graph& graph, TensorId tensor, bool quantized) {
  Parameter p;
  p.tensor = tensor;
  p.geometry.shape = graph.tensors[tensor].shape;
  p.geometry.role = quantized ? Role::quantized : is_used(graph, tensor) ? Role::constant : Role::unused;
  p.evidence.push_back(quantized                           ? "scale or zero point of quantized values"
                       : p.geometry.role == Role::constant ? "no data that depends on the input meets it as a weight"
                                                           : "no node reads it");
  return p;
}

ModelTraits traits_of(const Reading& reading, const std::vector<Parameter>& parameters) {
  ModelTraits traits;
  traits.has_attention = reading.attentions.any();
  traits.has_norm = !reading.flow.norms().all().empty();
  for (std::size_t n = 0; n < reading.graph().nodes.size(); ++n) {
    const Node& node = reading.graph().nodes[n];
    traits.has_attention = traits.has_attention || roles::is_fused_attention(node);
    traits.has_recurrence = traits.has_recurrence || roles::is_recurrent(node);
    traits.has_convolution = traits.has_convolution || roles::is_convolution(node);
    traits.depth = std::max(traits.depth, reading.paths.depth(static_cast<NodeId>(n)));
  }
  for (const auto& r : reading.residuals.all()) traits.branches = std::max(traits.branches, r.count);
  for (const Parameter& p : parameters) {
    traits.quantized = traits.quantized || p.geometry.role == Role::quantized;
    traits.folded_norms = traits.folded_norms || p.folded_norm;
    traits.has_recurrence = traits.has_recurrence || p.geometry.role == Role::packed_gates;
  }
  return traits;
}

/// Whether scalars matter is for roles to say; a scalar that is a constant is not worth an entry.
bool worth_an_entry(const Graph& graph, TensorId tensor) { return !graph.tensors[tensor].shape.empty(); }

}  // namespace

Analysis analyse(const Graph& graph, const WeightSource& weights, const AnalysisOptions& options) {
  const DefaultFloatingPoint environment;
  if (graph.names_only) return names::analyse_names(graph, weights, options);
  const roles::Flow flow(graph, weights);
  const roles::Attentions attentions(flow);
  const roles::Residuals residuals(flow);
  const roles::Paths paths(flow, attentions, residuals);
  const Reading reading{flow, attentions, residuals, paths};
  const auto uses = find_uses(reading);
  const auto quantization = quantization_tensors(graph);
  Analysis analysis;
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const TensorId id = static_cast<TensorId>(t);
    const auto found = uses.find(id);
    if (found == uses.end()) {
      if ((is_floating(graph.tensors[t].dtype) || quantization.contains(id)) && worth_an_entry(graph, id))
        analysis.parameters.push_back(left_alone(graph, id, quantization.contains(id)));
      continue;
    }
    const auto& candidates = found->second;
    const auto best = std::max_element(candidates.begin(), candidates.end(),
                                       [](const RoleUse& a, const RoleUse& b) { return weight_of(a.role) < weight_of(b.role); });
    if (best->role == Role::constant && !worth_an_entry(graph, id)) continue;
    analysis.parameters.push_back(roles::describe(reading, *best, candidates));
  }
  roles::link_biases(reading, uses, analysis.parameters);
  roles::find_ties(graph, weights, analysis.parameters);
  analysis.traits = traits_of(reading, analysis.parameters);
  for (Parameter& p : analysis.parameters) p.transformer = analysis.traits.has_attention;
  return analysis;
}

}  // namespace evenkeel
