// SPDX-License-Identifier: Apache-2.0
// Everything a recipe may ask about one tensor, with the words for its reason.
#include "graph/roles/describe.hpp"

#include <algorithm>
#include <set>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

/// Letters of the stored tensor's axes from those of the value that a node reads. Stored axes that were joined share one letter.
std::string stored_layout(const Shape& stored, const Shape& seen, const Origin& origin, const std::string& letters, bool& told) {
  told = true;
  if (letters.empty()) return "";
  std::string layout(stored.size(), '?');
  if (!origin.reshaped && origin.axes.size() == letters.size()) {
    for (std::size_t i = 0; i < letters.size(); ++i)
      if (origin.axes[i] >= 0 && static_cast<std::size_t>(origin.axes[i]) < layout.size())
        layout[static_cast<std::size_t>(origin.axes[i])] = letters[i];
  } else if (seen.size() == letters.size()) {
    std::size_t i = 0, j = 0;  // groups of axes with the same product
    while (i < stored.size() && j < seen.size()) {
      const std::size_t i0 = i, j0 = j;
      std::int64_t a = stored[i++], b = seen[j++];
      while (a != b && i <= stored.size() && j <= seen.size()) {
        if (a < b && i < stored.size())
          a *= stored[i++];
        else if (b < a && j < seen.size())
          b *= seen[j++];
        else
          break;
      }
      const bool one = std::all_of(letters.begin() + static_cast<std::ptrdiff_t>(j0), letters.begin() + static_cast<std::ptrdiff_t>(j),
                                   [&](char c) { return c == letters[j0]; });
      if (a != b || (!one && j - j0 > 1)) break;
      for (std::size_t k = i0; k < i; ++k) layout[k] = letters[j0];
    }
  }
  std::string dropped;  // letters of axes of size one that were taken away and put back
  for (std::size_t i = 0; i < origin.axes.size() && i < letters.size(); ++i)
    if (origin.axes[i] == new_axis && !origin.reshaped) dropped += letters[i];
  for (std::size_t k = 0; k < layout.size(); ++k) {
    if (layout[k] != '?') continue;
    if (stored[k] != 1) {
      told = false;
    } else if (dropped.empty()) {
      layout[k] = 'E';
    } else {
      layout[k] = dropped.front();
      dropped.erase(0, 1);
    }
  }
  return layout;
}

/// (V, E) behind axes of size one; "" for a table of another form.
std::string table_layout(const Shape& shape) {
  if (shape.size() < 2) return "";
  const bool plain = std::all_of(shape.begin(), shape.end() - 2, [](auto n) { return n == 1; });
  return plain ? std::string(shape.size() - 2, 'G') + "VE" : "";
}

/// Of a tensor that was joined with others before the node reads it, the sections that are its own; none where they do not end with it.
std::vector<Section> sections_within(std::vector<Section> sections, std::int64_t size) {
  std::erase_if(sections, [&](const Section& s) { return s.begin >= size; });
  if (!sections.empty() && sections.back().end != size) sections.clear();
  return sections;
}

int stored_axis(const Origin& origin, int axis, std::size_t rank) {
  if (axis < 0) return -1;
  if (static_cast<std::size_t>(axis) < origin.axes.size() && origin.axes[static_cast<std::size_t>(axis)] >= 0)
    return origin.axes[static_cast<std::size_t>(axis)];
  return rank == 1 ? 0 : -1;
}

/// "gates", or the nonlinearity of a plain recurrent cell.
std::string cell_function(const Node& node) {
  if (node.op != "RNN") return "gates";
  const auto found = node.attributes.find("activations");
  const auto* names = found == node.attributes.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
  std::string name = names && !names->empty() ? names->front() : "Tanh";
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

void add_neighbours(const Reading& reading, const Layer& layer, Parameter& p) {
  const Before before = reading.paths.before(layer.data);
  const After after = reading.paths.after(layer.output);
  p.fed_by = before.function;
  p.followed_by = after.function;
  p.norm_before = before.norm;
  p.norm_after = after.norm;
  p.first_layer = before.input || reading.paths.depth(layer.node) == 1;
  p.last_layer = !reading.paths.has_layer_after(layer.output);
  p.depth = reading.paths.depth(layer.node);
  if (p.attention.empty()) p.attention = before.attention ? "out" : after.attention;
  if (p.glu.empty() && after.product && after.function.name != "mixed") p.glu = after.function.name == "none" ? "value" : "gate";
  if (before.product && before.function.name != "none")
    p.evidence.push_back("reads a product gated by " + before.function.name + " " + before.function.node);
  else if (before.function.name != "none")
    p.evidence.push_back("fed by " + before.function.name + " " + before.function.node);
  if (!before.norm.empty()) p.evidence.push_back("reads the output of " + before.norm + " " + reading.flow.name_of(before.norm_node));
  if (!after.norm.empty()) p.evidence.push_back(after.norm + " follows");
  if (is_recurrent(reading.graph().nodes[layer.node]))
    p.followed_by = {cell_function(reading.graph().nodes[layer.node]), {}, reading.flow.name_of(layer.node)};
}

void add_branch(const Reading& reading, const RoleUse& use, Parameter& p) {
  NodeId member = use.node;
  if (use.role == Role::norm_scale || use.role == Role::norm_shift || use.role == Role::running_mean || use.role == Role::running_var) {
    const Norm* norm = reading.flow.norms().norm_of_part(use.node);
    if (norm) member = norm->node;
  }
  if (use.role == Role::layer_scale || use.role == Role::residual_scale) {
    const NodeId add = reading.residuals.add_behind(reading.graph().nodes[use.node].outputs[0]);
    const Residual* r = add == absent ? nullptr : reading.residuals.of_add(add);
    if (!r) return;
    p.branch = reading.residuals.branch(r->layers.front());
    p.branch->position = BranchPosition::scale;
    return;
  }
  if (!reading.residuals.of(member)) return;
  p.branch = reading.residuals.branch(member);
  p.evidence.push_back(std::string(to_string(p.branch->position)) + " in residual branch " + std::to_string(p.branch->index + 1) + " of " +
                       std::to_string(p.branch->count) + ", added by " + p.branch->add);
}

/// A weight that several layers read in parts (queries apart from keys and values) is packed: one section a part, or the sections within
/// it.
void join_parts(const Reading& reading, const std::vector<RoleUse>& all, Parameter& p) {
  std::vector<Section> sections;
  std::set<std::string> letters;
  int axis = -1;
  for (const RoleUse& use : all) {
    const Origin& origin = *reading.flow.origins()[use.value];
    if (!has_fans(use.role) || origin.part_axis < 0 || origin.tensor != p.tensor || (axis >= 0 && origin.part_axis != axis)) continue;
    axis = origin.part_axis;
    std::vector<Section> own = use.sections;
    if (own.empty()) own.push_back({use.attention.empty() ? "part" : use.attention, 0, origin.part_end - origin.part_begin});
    for (Section& section : own) {
      letters.insert(section.name);
      section.begin += origin.part_begin;
      section.end += origin.part_begin;
      if (std::find(sections.begin(), sections.end(), section) == sections.end()) sections.push_back(section);
    }
  }
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) { return a.begin < b.begin; });
  std::int64_t at = 0;
  for (const Section& section : sections) {
    if (section.begin != at) return;
    at = section.end;
  }
  if (sections.size() < 2 || at != p.geometry.shape[static_cast<std::size_t>(axis)]) return;
  p.geometry.role = letters == std::set<std::string>{"q", "k", "v"} ? Role::packed_qkv : Role::packed_dense;
  p.geometry.section_axis = axis;
  p.geometry.sections = sections;
  p.attention = p.geometry.role == Role::packed_qkv ? "qkv" : p.attention;
  p.evidence.push_back("read in parts by " + std::to_string(all.size()) + " nodes");
}

}  // namespace

Parameter describe(const Reading& reading, const RoleUse& use, const std::vector<RoleUse>& all) {
  const Graph& graph = reading.graph();
  const StoredTensor& tensor = graph.tensors[use.tensor];
  const Origin& origin = *reading.flow.origins()[use.value];
  Parameter p;
  p.tensor = use.tensor;
  p.geometry = {
      .role = use.role, .layout = "", .shape = tensor.shape, .groups = use.groups, .stride = use.stride, .dilation = use.dilation};
  bool told = true;
  const Shape seen = graph.values[use.value].shape.value_or(tensor.shape);
  // a further tensor of the same expression lacks the axes along which the expression joined it
  const std::size_t joined =
      origin.tensor == use.tensor || use.letters.size() <= tensor.shape.size() ? 0 : use.letters.size() - tensor.shape.size();
  p.geometry.layout =
      origin.tensor == use.tensor ? stored_layout(tensor.shape, seen, origin, use.letters, told) : use.letters.substr(joined);
  const bool table = use.role == Role::position_embedding || use.role == Role::position_bias;
  if (table) p.geometry.layout = table_layout(tensor.shape);
  if (!use.sections.empty()) {
    p.geometry.section_axis = origin.tensor == use.tensor ? stored_axis(origin, use.section_axis, tensor.shape.size())
                                                          : use.section_axis - static_cast<int>(joined);
    if (p.geometry.section_axis >= 0)
      p.geometry.sections = sections_within(use.sections, tensor.shape[static_cast<std::size_t>(p.geometry.section_axis)]);
  }
  if (!told && has_fans(use.role) && !table) {
    p.geometry.role = Role::unknown;
    p.evidence.push_back("it is reshaped to " + to_string(seen) + " before " + reading.flow.name_of(use.node) +
                         " reads it, so that its axes cannot be told");
  }
  const bool rows = table || p.geometry.role == Role::embedding || p.geometry.role == Role::query_embedding;  // may go without a layout
  if (has_fans(p.geometry.role) && !rows && p.geometry.layout.size() != tensor.shape.size()) {
    p.geometry.role = Role::unknown;
    p.evidence.push_back("its shape " + to_string(tensor.shape) + " is none that " + reading.flow.name_of(use.node) + " (" +
                         graph.nodes[use.node].op + ") can use as a weight");
  }
  const bool joined_gates = is_recurrent(reading.graph().nodes[use.node]) && graph.values[use.value].tensor == absent;
  if (joined_gates && !use.sections.empty()) restore_gates(reading, use, p);
  p.consumer = reading.flow.name_of(use.node);
  p.scope = graph.nodes[use.node].scope;
  p.node_op = graph.nodes[use.node].op;
  p.norm = use.norm;
  p.attention = use.attention;
  p.glu = use.glu;
  p.cell = use.cell;
  p.recurrent = p.recurrent || use.recurrent;
  p.assumed = use.assumed;
  p.folded_norm = use.folded;
  p.zero_centred = origin.plus_one && use.role == Role::norm_scale;
  p.evidence.insert(p.evidence.end(), use.evidence.begin(), use.evidence.end());
  const auto& layer = reading.flow.layer(use.node);
  if (layer && use.slot != layer->bias_slot && use.role != Role::bias) add_neighbours(reading, *layer, p);
  p.weight_norm = has_fans(use.role) && origin.rooted && !origin.others.empty();
  if (use.modulates) p.followed_by = {"modulation", {}, p.consumer};
  add_branch(reading, use, p);
  if (all.size() > 1 && has_fans(use.role) && use.cell.empty()) join_parts(reading, all, p);
  std::set<std::string> words;
  for (const RoleUse& other : all) words.insert(std::string(to_string(other.role)));
  if (words.size() > 1) p.uses.assign(words.begin(), words.end());
  return p;
}

RoleUse part_use(const Reading& reading, const RoleUse& use, TensorId other) {
  RoleUse part = use;
  part.tensor = other;
  const bool smaller = count_of(reading.graph(), other) < count_of(reading.graph(), use.tensor);
  if (has_fans(use.role) && smaller) {
    part.role = Role::weight_norm_gain;
    part.letters.clear();
    part.sections.clear();
    part.evidence = {"scales the weight " + reading.graph().tensors[use.tensor].name};
  }
  return part;
}

void link_biases(const Reading& reading, const std::map<TensorId, std::vector<RoleUse>>& uses, std::vector<Parameter>& parameters) {
  std::map<NodeId, TensorId> weight_at;
  std::map<TensorId, Parameter*> by_tensor;
  for (Parameter& p : parameters) by_tensor[p.tensor] = &p;
  for (const auto& [tensor, list] : uses)
    for (const RoleUse& use : list)
      if (has_fans(use.role) && use.role != Role::embedding && !(is_recurrent(reading.graph().nodes[use.node]) && use.slot != 1))
        weight_at[use.node] = tensor;
  for (const auto& [tensor, list] : uses) {
    Parameter* bias = by_tensor.contains(tensor) ? by_tensor[tensor] : nullptr;
    if (!bias || (bias->geometry.role != Role::bias && bias->geometry.role != Role::packed_gate_bias)) continue;
    for (const RoleUse& use : list) {
      const NodeId layer = use.layer != absent ? use.layer : use.node;
      const auto found = weight_at.find(layer);
      if (found == weight_at.end()) continue;
      bias->bias_of = found->second;
      Parameter& weight = *by_tensor[found->second];
      weight.has_bias = true;
      const bool convolution = is_convolution(reading.graph().nodes[layer]) || is_transposed_convolution(reading.graph().nodes[layer]);
      if (!convolution || !weight.norm_after.empty()) continue;
      const std::string& name = reading.graph().tensors[tensor].name;
      const bool made_up = !is_given_name(reading.graph().tensors[tensor]) && !is_given_name(reading.graph().tensors[weight.tensor]);
      const bool appended =
          name.ends_with("weight_bias") || name.find("fused_bn") != std::string::npos || name.find("bn_fold") != std::string::npos;
      weight.folded_norm = appended || (made_up && name.starts_with("onnx::Conv"));
      bias->folded_norm = weight.folded_norm;
      break;
    }
  }
}

}  // namespace evenkeel::roles
