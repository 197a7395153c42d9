// SPDX-License-Identifier: Apache-2.0
// Modules are told apart by the scope that an exporter left, else by the layer a bias belongs to or the layers a norm stands before.
#include "evenkeel/graph/separate.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/roles/use.hpp"

namespace evenkeel {
namespace {

using roles::Reading;
using roles::RoleUse;

class SeparatedWeights final : public WeightSource {
 public:
  SeparatedWeights(std::shared_ptr<const WeightSource> file, std::vector<TensorId> sources, TensorId first)
      : file_(std::move(file)), sources_(std::move(sources)), first_(first) {}

  TensorBytes read(TensorId tensor) const override { return file_->read(source(tensor)); }
  bool has_parts(TensorId tensor) const override { return file_->has_parts(source(tensor)); }
  TensorBytes read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const override {
    return file_->read_part(source(tensor), begin, size);
  }
  bool has_values(TensorId tensor) const override { return file_->has_values(source(tensor)); }
  std::optional<double> find_fill(TensorId tensor) const override { return file_->find_fill(source(tensor)); }

 private:
  TensorId source(TensorId tensor) const { return tensor < first_ ? tensor : sources_[static_cast<std::size_t>(tensor - first_)]; }

  std::shared_ptr<const WeightSource> file_;
  std::vector<TensorId> sources_;
  TensorId first_;
};

bool is_constant(const Graph& graph, const WeightSource& weights, TensorId tensor) {
  if (!weights.has_values(tensor)) return false;
  if (weights.find_fill(tensor)) return true;
  const TensorBytes stored = weights.read(tensor);
  const std::size_t width = size_of(graph.tensors[tensor].dtype);
  // Every byte equals the one an element before it.
  return stored.bytes.size() >= width && std::memcmp(stored.bytes.data(), stored.bytes.data() + width, stored.bytes.size() - width) == 0;
}

/// Initializers of the main graph with several readers there.
std::vector<ValueId> candidates_of(const Graph& graph, const WeightSource& weights) {
  std::vector<ValueId> found;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const Value& value = graph.values[v];
    if (value.tensor == absent || value.uses.size() < 2) continue;
    const StoredTensor& tensor = graph.tensors[value.tensor];
    const bool plain =
        tensor.storage == Storage::initializer && tensor.where.empty() && is_floating(tensor.dtype) && element_count(tensor.shape) > 1;
    if (plain && is_constant(graph, weights, value.tensor)) found.push_back(static_cast<ValueId>(v));
  }
  return found;
}

/// Weights of the first layers that read, directly or not, what a node makes.
std::string layers_after(const Reading& reading, NodeId node) {
  std::set<std::string> names;
  std::set<ValueId> seen;
  std::vector<ValueId> stack(reading.graph().nodes[node].outputs);
  while (!stack.empty() && seen.size() < 200) {
    const ValueId v = stack.back();
    stack.pop_back();
    if (v == absent || !seen.insert(v).second) continue;
    for (const roles::Step& step : reading.flow.forward(v)) {
      if (step.kind == roles::Kind::layer)
        names.insert(reading.graph().tensors[reading.flow.origins()[reading.flow.layer(step.node)->weight]->tensor].name);
      else if (step.to != absent && step.kind != roles::Kind::stop)
        stack.push_back(step.to);
    }
  }
  std::string joined;
  for (const auto& name : names) joined += name + ";";
  return joined;
}

/// Empty for a use that makes no parameter of the tensor.
std::string module_of(const Reading& reading, const RoleUse& use) {
  if (use.role == Role::constant || use.role == Role::quantized || use.role == Role::unknown) return "";
  const Node& node = reading.graph().nodes[use.node];
  const std::string role(to_string(use.role));
  if (!node.scope.empty()) return role + " " + node.scope;
  if (use.layer != absent && reading.flow.layer(use.layer))
    return role + " of " + reading.graph().tensors[reading.flow.origins()[reading.flow.layer(use.layer)->weight]->tensor].name;
  return role + " before " + layers_after(reading, use.node);
}

/// Names that no tensor and no value has.
class Names {
 public:
  explicit Names(const Graph& graph) {
    for (const StoredTensor& tensor : graph.tensors) taken_.insert(tensor.name);
    for (const Value& value : graph.values) taken_.insert(value.name);
  }

  std::string unique(const std::string& wanted) {
    std::string name = wanted;
    int& next = next_.emplace(wanted, 2).first->second;
    while (!taken_.insert(name).second) name = wanted + "." + std::to_string(next++);
    return name;
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;  // what a name that is taken gets behind it
};

std::string name_for(const Graph& graph, Names& names, const RoleUse& use) {
  const Node& node = graph.nodes[use.node];
  const std::string leaf = use.role == Role::norm_scale ? ".weight" : ".bias";
  return names.unique(node.scope.empty() ? graph.tensors[use.tensor].name : node.scope + leaf);
}

struct Part {
  RoleUse use;  // the first of its uses
  std::vector<Use> uses;
};

void add_part(Graph& graph, Names& names, ValueId value, const Part& part) {
  const TensorId original = graph.values[value].tensor;
  StoredTensor tensor = graph.tensors[original];
  tensor.storage = Storage::split;
  tensor.alias_of = original;
  tensor.name = name_for(graph, names, part.use);
  Value made;
  made.name = tensor.name;
  made.tensor = static_cast<TensorId>(graph.tensors.size());
  made.dtype = graph.values[value].dtype;
  made.shape = graph.values[value].shape;
  made.uses = part.uses;
  const ValueId id = static_cast<ValueId>(graph.values.size());
  graph.tensors.push_back(std::move(tensor));
  graph.values.push_back(std::move(made));
  for (const Use& use : part.uses) graph.nodes[use.node].inputs[static_cast<std::size_t>(use.slot)] = id;
}

/// Uses that a part has taken over.
void forget_uses(Graph& graph, ValueId value) {
  std::erase_if(graph.values[value].uses,
                [&](const Use& use) { return graph.nodes[use.node].inputs[static_cast<std::size_t>(use.slot)] != value; });
}

}  // namespace

std::shared_ptr<const WeightSource> separate_merged(Graph& graph, std::shared_ptr<const WeightSource> weights) {
  const auto candidates = candidates_of(graph, *weights);
  if (candidates.empty()) return weights;
  std::vector<std::pair<ValueId, std::map<std::string, Part>>> plans;
  {
    const roles::Flow flow(graph, *weights);
    const roles::Attentions attentions(flow);
    const roles::Residuals residuals(flow);
    const roles::Paths paths(flow, attentions, residuals);
    const Reading reading{flow, attentions, residuals, paths};
    for (const ValueId v : candidates) {
      std::map<std::string, Part> parts;
      for (const Use& use : graph.values[v].uses) {
        RoleUse role{.tensor = graph.values[v].tensor, .node = use.node, .slot = use.slot, .value = v};
        const bool made_data = std::any_of(graph.nodes[use.node].outputs.begin(), graph.nodes[use.node].outputs.end(),
                                           [&](ValueId o) { return flow.is_data(o); });
        if (made_data) role = roles::use_of(reading, role.tensor, use.node, use.slot, v);
        Part& part = parts[module_of(reading, role)];
        if (part.uses.empty()) part.use = role;
        part.uses.push_back(use);
      }
      if (parts.size() > 1) plans.emplace_back(v, std::move(parts));
    }
  }
  const TensorId first = static_cast<TensorId>(graph.tensors.size());
  std::vector<TensorId> sources;
  Names names(graph);
  for (auto& [v, parts] : plans) {
    // whoever reads first keeps the name; uses that make no parameter stay with it
    const auto keeper = std::min_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first.empty(), a.second.uses.front().node) < std::pair(b.first.empty(), b.second.uses.front().node);
    });
    for (const auto& [module, part] : parts) {
      if (module == keeper->first || module.empty()) continue;
      sources.push_back(graph.values[v].tensor);
      add_part(graph, names, v, part);
    }
    forget_uses(graph, v);
  }
  return sources.empty() ? weights : std::make_shared<SeparatedWeights>(std::move(weights), std::move(sources), first);
}

}  // namespace evenkeel
