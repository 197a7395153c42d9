// SPDX-License-Identifier: Apache-2.0
// Constants that are added to data or multiply it: biases, positions, scales, parts of norms; and the many that are no parameters.
#include <algorithm>
#include <cmath>

#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

/// What a constant is added to: the first step behind views, factors and other constants.
Step source_of(const Flow& flow, ValueId data) { return flow.backward(flow.behind(data)); }

ValueId data_operand(const Flow& flow, const Node& node, int slot) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (static_cast<int>(i) != slot && flow.is_data(node.inputs[i])) return node.inputs[i];
  return absent;
}

/// Whether a constant has one number per output unit of a layer: rank one, or the two axes of a per-head kernel.
bool fits_units(const Flow& flow, NodeId layer, const Shape& shape) {
  if (effective_rank(shape) <= 1) return true;
  const auto& made = flow.layer(layer);
  if (!made) return false;
  const std::string letters = axis_letters(flow.graph(), *made);
  Shape units;
  const auto& weight = flow.graph().values[made->weight].shape;
  for (std::size_t i = 0; weight && i < letters.size() && i < weight->size(); ++i) {
    const bool per_head_out = letters.front() != 'D' && letters.find('K') != std::string::npos;
    const bool unit = per_head_out                             ? letters[i] == 'D'
                      : letters.find('K') != std::string::npos ? letters[i] != 'D'
                                                               : letters[i] == 'O' || letters[i] == 'E';
    if (unit && (*weight)[i] > 1) units.push_back((*weight)[i]);
  }
  Shape dims;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(dims), [](auto n) { return n != 1; });
  return dims == units;
}

/// The layer behind a value, looking into sums, joins and products.
NodeId layer_behind(const Flow& flow, ValueId value, int depth = 0) {
  const Step made = source_of(flow, value);
  if (made.kind == Kind::layer) return made.node;
  if (depth > 3 || (made.kind != Kind::sum && made.kind != Kind::concat && made.kind != Kind::product)) return absent;
  for (const ValueId v : flow.operands(made.node))
    if (const NodeId layer = layer_behind(flow, v, depth + 1); layer != absent) return layer;
  return absent;
}

bool is_mask(const Reading& reading, TensorId tensor) {
  if (count_of(reading.graph(), tensor) > (1 << 22)) return false;
  const auto numbers = numbers_of(reading.flow.weights(), reading.graph(), tensor, 4096);
  return std::all_of(numbers.begin(), numbers.end(), [](double x) { return x == 0 || x == 1 || x <= -1e4; }) &&
         std::any_of(numbers.begin(), numbers.end(), [](double x) { return x <= -1e4; });
}

void attach(const Reading& reading, RoleUse& use, NodeId layer) {
  use.layer = layer;
  use.role = Role::bias;
  const std::string& tensor = reading.graph().tensors[use.tensor].name;
  const bool time_step = tensor.find("dt_proj") != std::string::npos || tensor.find("dt_bias") != std::string::npos;
  if (time_step && reading.paths.after(reading.graph().nodes[use.node].outputs[0]).function.name == "softplus")
    use.role = Role::ssm_dt_bias;
  use.evidence.push_back("added to the output of " + reading.flow.name_of(layer));
  const auto& made = reading.flow.layer(layer);
  if (!made || use.role == Role::ssm_dt_bias || reading.graph().nodes[layer].op == "Conv") return;
  RoleUse weight{.tensor = use.tensor, .node = layer, .value = made->weight, .letters = axis_letters(reading.graph(), *made)};
  pack_sections(reading, weight, *made);
  if (weight.role != Role::packed_gates) return;
  use.role = Role::packed_gate_bias;
  use.cell = weight.cell;
  use.sections = weight.sections;
  const auto& shape = reading.graph().values[use.value].shape;
  use.section_axis = shape ? static_cast<int>(shape->size()) - 1 : 0;
}

RoleUse added(const Reading& reading, RoleUse use, ValueId data) {
  const Flow& flow = reading.flow;
  const Shape& stored = reading.graph().tensors[use.tensor].shape;
  const Shape shape = reading.graph().values[use.value].shape.value_or(stored);
  const bool vector = effective_rank(shape) <= 1;
  const std::string name = reading.graph().nodes[use.node].op + " " + flow.name_of(use.node);
  const Step made = source_of(flow, data);
  const auto position = [&] {
    use.role = Role::position_embedding;
    use.evidence.push_back(name + " adds it along the sequence");
    return use;
  };
  switch (made.kind) {
    case Kind::layer:
      if (fits_units(flow, made.node, shape))
        attach(reading, use, made.node);
      else
        return position();
      return use;
    case Kind::sum:
    case Kind::concat:
    case Kind::product: {
      const NodeId layer = layer_behind(flow, data);
      if (vector && layer != absent && made.kind != Kind::product)
        attach(reading, use, layer);
      else if (vector)
        use.role = Role::bias, use.evidence.push_back(name + " adds it to a " + (made.kind == Kind::product ? "product" : "sum"));
      else
        return position();
      return use;
    }
    case Kind::contraction:
    case Kind::attention:
      if (reading.attentions.makes_scores(made.node) || !vector) {
        // Softmax does not see one number added to all scores: nothing could learn it.
        const bool learnable = element_count(stored) > 1 && !is_mask(reading, use.tensor);
        use.role = learnable ? Role::position_bias : Role::constant;
        use.evidence.push_back(name + " adds it to attention scores");
      } else {
        use.role = Role::bias;
        use.evidence.push_back(name + " adds it to the result of an attention");
      }
      return use;
    case Kind::embedding:
      return position();
    case Kind::softmax:
      use.role = Role::constant;
      return use;
    case Kind::norm:
    case Kind::activation:
      if (!vector) return position();
      use.role = Role::bias;
      use.evidence.push_back(name + " adds it to " + flow.name_of(made.node));
      return use;
    default:
      if (!vector && is_given_name(reading.graph().tensors[use.tensor])) return position();
      use.role = Role::constant;
      use.evidence.push_back(name + " shifts the input with it");
      return use;
  }
}

/// cos and sin tables of a rotary embedding vary along the sequence and stand before queries or keys.
bool is_rotary_table(const Reading& reading, const RoleUse& use, ValueId out) {
  const Shape shape = reading.graph().values[use.value].shape.value_or(Shape{});
  const After after = reading.paths.after(out);
  return effective_rank(shape) >= 2 && after.attention.find_first_of("qk") != std::string::npos;
}

/// A constant is added next: what is left of a norm has a factor and a shift.
bool is_shifted_next(const Flow& flow, ValueId value) {
  const auto next = flow.forward(value);
  if (next.size() != 1 || next[0].kind != Kind::transparent || next[0].node == absent) return false;
  const Node& node = flow.graph().nodes[next[0].node];
  return node.op == "Add" && std::any_of(node.inputs.begin(), node.inputs.end(),
                                         [&](ValueId v) { return v != absent && !flow.is_data(v) && flow.origins()[v]; });
}

RoleUse multiplied(const Reading& reading, RoleUse use, ValueId data, ValueId out) {
  const Flow& flow = reading.flow;
  const Step made = source_of(flow, data);
  const std::string name = reading.graph().nodes[use.node].op + " " + flow.name_of(use.node);
  const bool single = count_of(reading.graph(), use.tensor) == 1;
  if (is_rotary_table(reading, use, out)) {
    use.role = Role::constant;
    use.evidence.push_back(name + " rotates queries or keys with it");
    return use;
  }
  if (made.kind == Kind::layer && is_quantized_layer(reading.graph().nodes[made.node])) {
    use.role = Role::quantized;
    use.evidence.push_back(name + " scales integer results back");
    return use;
  }
  if (made.kind == Kind::stop || (reading.paths.depth(use.node) == 0 && !reading.paths.before(data).embedding)) {
    use.role = Role::constant;
    use.evidence.push_back(name + " scales the input with it, before the first layer");
    return use;
  }
  if (made.kind == Kind::layer && !single && !is_given_name(reading.graph().tensors[use.tensor]) && is_shifted_next(flow, out)) {
    use.role = Role::constant;
    use.evidence.push_back(name + " multiplies a layer's output with it; the exporter made it up, most likely from a folded norm");
    return use;
  }
  const std::string& tensor = reading.graph().tensors[use.tensor].name;
  if (flow.origins()[use.value]->exponential && !single) {
    use.role = Role::ssm_a_log;
    use.evidence.push_back(name + " multiplies with a power of e of it, the decay of a state space");
    return use;
  }
  if (tensor.ends_with(".D") || tensor == "D") {
    use.role = Role::ssm_d;
    use.evidence.push_back(name + " passes the input of a state space by it");
    return use;
  }
  const NodeId add = reading.residuals.add_behind(out);
  if (add != absent) {
    use.role = single ? Role::residual_scale : Role::layer_scale;
    use.evidence.push_back(name + " scales the residual branch that " + flow.name_of(add) + " adds");
    return use;
  }
  const After after = reading.paths.after(out);
  const bool scores = made.kind == Kind::contraction || after.function.name == "softmax" || !after.attention.empty() || after.output;
  use.role = single && scores ? Role::temperature : Role::scale;
  use.evidence.push_back(name + " multiplies with it");
  return use;
}

/// The bias of a layer with one output unit: a vector of length one, where a made-up constant would be a scalar.
bool is_single_bias(const Reading& reading, const RoleUse& use, ValueId data) {
  const auto& shape = reading.graph().values[data].shape;
  const bool one_unit = shape && !shape->empty() && (shape->back() == 1 || (shape->size() > 2 && (*shape)[1] == 1));
  return one_unit && !reading.graph().tensors[use.tensor].shape.empty() && source_of(reading.flow, data).kind == Kind::layer;
}

/// Whether a node computes part of a known activation: its numbers (the half of a GELU) are no parameters, whatever they are called.
bool is_inside_activation(const PointwiseRegions& regions, ValueId value) {
  const auto is_named = [](const Pointwise& region) { return region.function.name != "none" && region.function.name != "pointwise"; };
  if (const Pointwise* region = regions.to(value)) return !regions.is_linear(value) && is_named(*region);
  if (regions.base_of(value) == value) return false;
  const auto& exits = regions.from(regions.base_of(value));
  return std::any_of(exits.begin(), exits.end(), is_named);
}

}  // namespace

RoleUse elementwise_use(const Reading& reading, RoleUse use) {
  const Graph& graph = reading.graph();
  const Flow& flow = reading.flow;
  const Node& node = graph.nodes[use.node];
  const bool arithmetic = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div" || node.op == "Sum";
  const ValueId data = data_operand(flow, node, use.slot);
  const bool single = count_of(graph, use.tensor) == 1;
  const Norm* norm = flow.norms().norm_of_part(use.node);
  if (norm) {
    constexpr Role roles[] = {Role::constant, Role::norm_scale, Role::norm_shift, Role::running_mean, Role::norm_scale};
    use.role = roles[static_cast<int>(flow.norms().part(use.node))];
    use.folded = flow.norms().part(use.node) == NormPart::folded;
    use.norm = norm->kind;
    use.evidence.push_back(node.op + " " + flow.name_of(use.node) + " after the " + norm->kind + " that ends in " +
                           flow.name_of(norm->node));
    return use;
  }
  const bool computed = flow.origins()[use.value]->computed;
  const Origin& origin = *flow.origins()[use.value];
  if (origin.rooted && !origin.others.empty()) {
    use.role = Role::constant;
    use.evidence.push_back(node.op + " " + flow.name_of(use.node) +
                           " applies a frozen norm with it: statistics and scale in one expression");
    return use;
  }
  if (single && node.op == "Add" && data != absent && is_single_bias(reading, use, data)) return added(reading, use, data);
  const bool inside = single && is_inside_activation(flow.regions(), node.outputs[0]);
  if (!arithmetic || data == absent || computed || inside || (single && !is_module_name(graph.tensors[use.tensor]))) {
    use.role = Role::constant;
    if (computed) use.evidence.push_back("a table computed with positions");
    return use;
  }
  if (node.op == "Add" || node.op == "Sum" || (node.op == "Sub" && use.slot == 1 && !single)) return added(reading, use, data);
  if (node.op == "Mul") return multiplied(reading, use, data, node.outputs[0]);
  use.role = Role::constant;
  use.evidence.push_back(node.op + " " + flow.name_of(use.node) + " normalises the data with it");
  return use;
}

}  // namespace evenkeel::roles
