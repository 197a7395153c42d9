// SPDX-License-Identifier: Apache-2.0
// Finds the regions. A value that is read outside its region is cut there, so that relu followed by a sigmoid stays two activations.
#include "graph/roles/pointwise.hpp"

#include <algorithm>
#include <cmath>

#include "graph/roles/ops.hpp"
#include "graph/roles/scalar.hpp"

namespace evenkeel::roles {
namespace {

// An activation in pieces has a dozen nodes. Evaluation is recursive, and its cost is the size of a region for every value that leaves it.
constexpr int largest_region = 256;

}  // namespace

PointwiseRegions::PointwiseRegions(const Graph& graph, const WeightSource& weights, const std::vector<bool>& active)
    : graph_(graph),
      weights_(weights),
      active_(active),
      base_(graph.values.size()),
      linear_(graph.values.size(), true),
      root_(graph.nodes.size(), absent),
      size_(graph.values.size()),
      pointwise_(graph.nodes.size()),
      leaves_(graph.values.size()) {
  for (std::size_t v = 0; v < base_.size(); ++v) base_[v] = static_cast<ValueId>(v);
  find_readers();
  find_bases();
  find_exits();
}

/// In node order, so that scalar_of never goes down more than a step.
void PointwiseRegions::find_readers() {
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    for (const ValueId out : graph_.nodes[n].outputs)
      if (out != absent && !active_[out]) (void)scalar_of(out);
    pointwise_[n] = is_pointwise(graph_.nodes[n]);
  }
  for (std::size_t v = 0; v < leaves_.size(); ++v) leaves_[v] = leaves(static_cast<ValueId>(v));
}

std::optional<double> PointwiseRegions::scalar_of(ValueId value) const {
  if (value == absent) return std::nullopt;
  const auto found = scalars_.find(value);
  if (found != scalars_.end()) return found->second;
  std::optional<double> result;
  const Value& v = graph_.values[value];
  if (v.tensor != absent) {
    const auto& tensor = graph_.tensors[v.tensor];
    if (element_count(tensor.shape) == 1 && tensor.dtype != DType::other && weights_.has_values(v.tensor))
      result = numbers_of(weights_, graph_, v.tensor, 1).at(0);
  } else if (!active_[value] && v.producer != absent) {  // a scalar computed from scalars
    const Node& node = graph_.nodes[v.producer];
    if (node.inputs.size() == 1 && is_view(node)) {
      result = scalar_of(node.inputs[0]);
    } else if (is_scalar_function(node)) {
      std::vector<double> arguments;
      for (const ValueId in : node.inputs) {
        const auto x = scalar_of(in);
        if (!x) break;
        arguments.push_back(*x);
      }
      if (arguments.size() == node.inputs.size()) result = scalar_value(node, arguments);
    }
  }
  scalars_[value] = result;
  return result;
}

bool PointwiseRegions::is_pointwise(const Node& node) const {
  if (node.outputs.empty() || node.outputs[0] == absent || (node.outputs.size() != 1 && node.op != "Dropout") || !is_scalar_function(node))
    return false;
  bool data = false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId in = node.inputs[i];
    if (in == absent || (i > 0 && reads_first_only(node))) continue;
    if (active_[in])
      data = true;
    else if (!scalar_of(in))
      return false;
  }
  return data;
}

/// Read by something that is no scalar function, or an output of the model.
bool PointwiseRegions::leaves(ValueId value) const {
  const Value& v = graph_.values[value];
  return v.graph_output || std::any_of(v.uses.begin(), v.uses.end(), [&](const Use& use) { return !pointwise_[use.node]; });
}

ValueId PointwiseRegions::common_base(const std::vector<ValueId>& values) const {
  std::vector<ValueId> chain;
  for (ValueId v = values[0]; chain.size() < 12;) {
    chain.push_back(v);
    if (base_[v] == v) break;
    v = base_[v];
  }
  for (const ValueId candidate : chain) {
    const bool shared = std::all_of(values.begin() + 1, values.end(), [&](ValueId v) {
      for (int steps = 0; steps < 12; ++steps) {
        if (v == candidate) return true;
        if (base_[v] == v) return false;
        v = base_[v];
      }
      return false;
    });
    if (shared) return candidate;
  }
  return absent;
}

void PointwiseRegions::find_bases() {
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    const Node& node = graph_.nodes[n];
    if (!pointwise_[n]) continue;
    std::vector<ValueId> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (node.inputs[i] != absent && active_[node.inputs[i]] && !(i > 0 && reads_first_only(node))) inputs.push_back(node.inputs[i]);
    ValueId base = common_base(inputs);
    if (base == absent) continue;
    // one input that is used elsewhere too, or is a finished function itself, is a base of its own; else the chain goes on
    if (base == inputs[0] && base_[base] != base && !leaves_[base]) base = base_[base];
    const ValueId out = node.outputs[0];
    int size = 1;
    for (const ValueId in : inputs)
      if (in != base && size <= largest_region) size += size_[in];
    if (size > largest_region) continue;
    size_[out] = size;
    base_[out] = base;
    root_[n] = base;
    const bool divides_by_data = node.op == "Div" && inputs[0] != node.inputs[0];
    linear_[out] = is_linear_step(node) && inputs.size() == 1 && !divides_by_data;
    for (const ValueId in : inputs) linear_[out] = linear_[out] && (in == base || linear_[in]);
  }
}

double PointwiseRegions::evaluate(ValueId value, ValueId base, double x, std::map<ValueId, double>& known) const {
  if (value == base) return x;
  if (const auto found = known.find(value); found != known.end()) return found->second;
  const Value& v = graph_.values[value];
  double result = std::nan("");
  if (!active_[value]) {
    result = scalar_of(value).value_or(std::nan(""));
  } else if (v.producer != absent) {
    const Node& node = graph_.nodes[v.producer];
    std::vector<double> arguments;
    for (const ValueId in : node.inputs) arguments.push_back(in == absent ? std::nan("") : evaluate(in, base, x, known));
    result = scalar_value(node, arguments);
  }
  known[value] = result;
  return result;
}

Nonlinearity PointwiseRegions::name_of(ValueId exit, ValueId base) const {
  const Node& last = graph_.nodes[graph_.values[exit].producer];
  const std::string evidence = last.name.empty() ? graph_.values[exit].name : last.name;
  if (linear_[exit]) return {.node = evidence};
  if (last.inputs[0] == base) {
    if (auto named = activation_of(last)) {
      named->node = evidence;
      return *named;
    }
  }
  Nonlinearity result = identify_function([&](double x) {
    std::map<ValueId, double> known;
    return evaluate(exit, base, x, known);
  });
  result.node = evidence;
  return result;
}

void PointwiseRegions::find_exits() {
  for (std::size_t v = 0; v < base_.size(); ++v) {
    const ValueId exit = static_cast<ValueId>(v);
    if (base_[v] == exit) continue;
    const Value& value = graph_.values[v];
    const bool is_exit = value.graph_output ||
                         std::any_of(value.uses.begin(), value.uses.end(), [&](const Use& use) { return root_[use.node] != base_[v]; });
    if (!is_exit) continue;
    Pointwise region{.base = base_[v], .exit = exit, .function = name_of(exit, base_[v])};
    from_[region.base].push_back(region);
    to_[exit] = region;
  }
}

const std::vector<Pointwise>& PointwiseRegions::from(ValueId base) const {
  static const std::vector<Pointwise> none;
  const auto found = from_.find(base);
  return found == from_.end() ? none : found->second;
}

const Pointwise* PointwiseRegions::to(ValueId exit) const {
  const auto found = to_.find(exit);
  return found == to_.end() ? nullptr : &found->second;
}

}  // namespace evenkeel::roles
