// SPDX-License-Identifier: Apache-2.0
// Groups tensors by module, lets the first rule that knows a module name its parts, then adds what stands around them.
#include "graph/names/analyse_names.hpp"

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "evenkeel/theory/activation.hpp"
#include "graph/names/activations.hpp"
#include "graph/names/functions.hpp"
#include "graph/names/neighbours.hpp"
#include "graph/names/reading.hpp"
#include "graph/names/rules.hpp"
#include "graph/roles/ties.hpp"

namespace evenkeel::names {
namespace {

using Rule = bool (*)(const Reading&, std::size_t, Findings&);

constexpr Rule rules[] = {find_adapter, find_buffers, find_recurrent, find_state_space, find_norm,
                          find_vector,  find_table,   find_stack,     find_convolution, find_matrix};

Findings findings_of(const Reading& reading) {
  Findings all;
  for (std::size_t m = 0; m < reading.modules.size(); ++m)
    for (const Rule rule : rules)
      if (rule(reading, m, all)) break;
  return all;
}

void check_activation(const std::string& name) {
  if (name.empty() || !known_activation(name).empty()) return;
  std::string list;
  for (const std::string& known : activation_names()) list += (list.empty() ? "" : ", ") + known;
  fail(ErrorCode::invalid_argument, "--activation " + name + ": expected one of " + list);
}

Parameter unknown(const Graph& graph, TensorId tensor, const Module& module) {
  Parameter p;
  p.tensor = tensor;
  p.geometry.shape = graph.tensors[static_cast<std::size_t>(tensor)].shape;
  p.consumer = module.name;
  p.evidence.emplace_back("neither its name nor its shape tells what it is");
  return p;
}

/// What a rule took for granted and an odd file does not keep: then its name says one thing, its shape another.
void check_geometry(Parameter& p) {
  Geometry& g = p.geometry;
  const auto axis = static_cast<std::size_t>(std::max(0, g.section_axis));
  if (!g.sections.empty() && (axis >= g.shape.size() || g.sections.back().end != g.shape[axis])) g.sections.clear();
  const auto channels = g.layout.find(p.node_op == "ConvTranspose" ? 'I' : 'O');
  const std::int64_t divided = channels < g.shape.size() ? g.shape[channels] : 0;
  if (g.groups < 1 || (channels != std::string::npos && divided % g.groups != 0)) g.groups = 1;
  if (!has_fans(g.role) || g.layout.empty() || g.layout.size() == g.shape.size()) return;
  g.role = Role::unknown;
  p.evidence.push_back("its name says " + g.layout + ", its shape has " + std::to_string(g.shape.size()) + " axes");
  g.layout.clear();
}

/// One stored tensor that is embedding and output head, where the settings say so and no head is stored.
void mark_tied_heads(const Reading& reading, std::vector<Parameter>& parameters) {
  const bool language = reading.settings.list_mentions("architectures", "LMHead") ||
                        reading.settings.list_mentions("architectures", "ForCausalLM") ||
                        reading.settings.list_mentions("architectures", "ForMaskedLM") ||
                        reading.settings.list_mentions("architectures", "ForConditionalGeneration");
  if (!reading.settings.flag({}, {"tie_word_embeddings"}).value_or(language)) return;
  for (const Parameter& p : parameters) {
    const Shape& shape = p.geometry.shape;
    const auto vocabulary = reading.settings.integer({}, {"vocab_size"});
    if (p.geometry.role == Role::dense && p.last_layer && vocabulary && !shape.empty() && shape[0] == *vocabulary) return;
  }
  for (Parameter& p : parameters) {
    const auto vocabulary = reading.settings.integer({}, {"vocab_size"});
    if (p.geometry.role != Role::embedding || !vocabulary || p.geometry.shape[0] != *vocabulary || !(language || p.uses.empty())) continue;
    if (!language) return;
    p.uses = {"embedding", "output head"};
    p.evidence.push_back(reading.settings.origin() + " ties the output head to it and no head is stored");
    return;
  }
}

void link_biases(std::vector<Parameter>& parameters) {
  std::map<TensorId, Parameter*> index;
  for (Parameter& p : parameters) index[p.tensor] = &p;
  for (const Parameter& p : parameters) {
    const auto weight = index.find(p.bias_of);
    if (p.bias_of != absent && weight != index.end()) weight->second->has_bias = true;
  }
}

}  // namespace

Analysis analyse_names(const Graph& graph, const WeightSource& weights, const AnalysisOptions& options) {
  check_activation(options.activation);
  Reading reading(graph, weights);
  vote_orientation(reading);
  for (std::size_t m = 0; m < reading.modules.size(); ++m) reading.functions[m] = function_of(reading, reading.modules[m]);
  reading.findings = findings_of(reading);
  Analysis analysis;
  analysis.traits = add_neighbours(reading, options.activation);
  std::vector<const Finding*> by_tensor(graph.tensors.size(), nullptr);
  for (const Finding& f : reading.findings) {
    const auto t = static_cast<std::size_t>(f.parameter.tensor);
    const Role role = f.parameter.geometry.role;  // of text or integers no name makes a parameter
    if (is_floating(graph.tensors[t].dtype) || role == Role::constant || role == Role::quantized) by_tensor[t] = &f;
  }
  std::vector<std::size_t> owner(graph.tensors.size(), 0);
  for (std::size_t m = 0; m < reading.modules.size(); ++m)
    for (const Entry& e : reading.modules[m].entries) owner[static_cast<std::size_t>(e.tensor)] = m;
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    if (by_tensor[t] != nullptr)
      analysis.parameters.push_back(by_tensor[t]->parameter);
    else if (is_floating(graph.tensors[t].dtype))
      analysis.parameters.push_back(unknown(graph, static_cast<TensorId>(t), reading.modules[owner[t]]));
  }
  for (Parameter& p : analysis.parameters) check_geometry(p);
  link_biases(analysis.parameters);
  roles::find_ties(graph, weights, analysis.parameters);
  mark_tied_heads(reading, analysis.parameters);
  return analysis;
}

}  // namespace evenkeel::names
