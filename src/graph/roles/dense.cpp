// SPDX-License-Identifier: Apache-2.0
// Matrix products: plain, packed (q k v, gates, gate and up), per head, stacks of experts, routers, one-hot embeddings.
#include <algorithm>
#include <map>
#include <set>

#include "graph/roles/channels.hpp"
#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

/// Axis of the layer's output that holds its channels.
std::int64_t channel_axis(const Graph& graph, const Layer& layer) {
  const Node& node = graph.nodes[layer.node];
  if (is_convolution(node)) return 1;
  if (node.op == "Einsum") {
    const auto terms = parse_einsum(node);
    if (!terms) return -1;
    const std::string& weight = terms->inputs[static_cast<std::size_t>(layer.weight_slot)];
    const std::string& data = terms->inputs[static_cast<std::size_t>(1 - layer.weight_slot)];
    for (std::size_t i = 0; i < terms->output.size(); ++i)
      if (weight.find(terms->output[i]) != std::string::npos && data.find(terms->output[i]) == std::string::npos)
        return static_cast<std::int64_t>(i);
    return -1;
  }
  const auto& shape = graph.values[layer.weight].shape;
  return layer.weight_slot == 0 && shape && shape->size() >= 2 ? -2 : -1;
}

using Range = std::pair<std::int64_t, std::int64_t>;

/// Letters of the attention places that channels reach, in the order q, k, v; and per channel which of them (bits).
std::string attention_letters(const std::vector<ChannelEnd>& ends, std::vector<unsigned>& reached) {
  std::string letters;
  for (const char c : {'q', 'k', 'v'}) {
    bool any = false;
    for (const auto& end : ends) {
      if (end.stop.size() != 1 || end.stop[0] != c) continue;
      any = true;
      for (const auto& [begin, stop] : end.blocks)  // a rotary embedding takes queries and keys by halves
        for (auto at = begin; at < stop && at < static_cast<std::int64_t>(reached.size()); ++at)
          reached[static_cast<std::size_t>(at)] |= c == 'q' ? 1U : c == 'k' ? 2U : 4U;
    }
    if (any) letters += c;
  }
  return letters;
}

bool pack_attention(const std::vector<ChannelEnd>& ends, std::int64_t size, RoleUse& use) {
  std::vector<unsigned> reached(static_cast<std::size_t>(size));
  const std::string letters = attention_letters(ends, reached);
  if (letters.empty()) return false;
  use.attention = letters;
  if (letters.size() < 2) return false;
  const bool told = std::all_of(reached.begin(), reached.end(), [](unsigned bits) { return bits == 1 || bits == 2 || bits == 4; });
  if (!told) return false;  // the same channels serve as several of them: nothing is packed
  for (std::int64_t at = 0; at < size;) {
    const unsigned bits = reached[static_cast<std::size_t>(at)];
    auto end = at;
    while (end < size && reached[static_cast<std::size_t>(end)] == bits) ++end;
    use.sections.push_back({bits == 1 ? "q" : bits == 2 ? "k" : "v", at, end});
    at = end;
  }
  use.role = letters == "qkv" ? Role::packed_qkv : Role::packed_dense;
  return true;
}

struct Gate {
  Range range;
  bool sigmoid = false, tanh = false, product = false;
  std::vector<ValueId> squashed;  // outputs of its activation
};

/// i, f, o, c of an LSTM and z, r, h of a GRU by what each gate's output multiplies.
std::string gate_name(const Flow& flow, const Gate& gate, std::size_t gates) {
  const Graph& graph = flow.graph();
  if (!gate.sigmoid) return gates == 4 ? "c" : "h";
  for (const ValueId s : gate.squashed) {
    for (const Step& step : flow.forward(s)) {
      if (step.kind == Kind::transparent) {  // 1 - z
        const auto& after = flow.forward(step.to);
        if (gates == 3 && std::any_of(after.begin(), after.end(), [](const Step& t) { return t.kind == Kind::product; })) return "z";
      }
      if (step.kind != Kind::product) continue;
      for (const ValueId other : flow.operands(step.node)) {
        if (other == s) continue;
        const Step made = flow.backward(flow.behind(other));
        const bool tanh = made.kind == Kind::activation && made.function->name == "tanh";
        if (gates == 4 && tanh) {
          const Step source = flow.backward(flow.behind(made.from));
          const auto terms = source.kind == Kind::sum ? flow.operands(source.node) : std::vector<ValueId>{};
          const bool cell =
              std::any_of(terms.begin(), terms.end(), [&](ValueId v) { return flow.backward(flow.behind(v)).kind == Kind::product; });
          return cell ? "o" : "i";
        }
      }
    }
    for (const Use& use : graph.values[s].uses)
      if (gates == 3 && graph.nodes[use.node].op == "Sub") return "z";
  }
  return gates == 4 ? "f" : "r";
}

bool pack_gates(const Reading& reading, const std::vector<ChannelEnd>& ends, std::int64_t size, RoleUse& use) {
  std::map<Range, Gate> gates;
  for (const auto& end : ends) {
    if (!end.whole_range || end.count == size) continue;
    Gate& gate = gates[{end.begin, end.end}];
    gate.range = {end.begin, end.end};
    gate.sigmoid = gate.sigmoid || end.stop == "sigmoid" || end.stop == "hardsigmoid";
    gate.tanh = gate.tanh || end.stop == "tanh";
    gate.product = gate.product || end.stop == "product";
    for (const Step& step : reading.flow.forward(end.value))
      if (step.kind == Kind::activation) gate.squashed.push_back(step.to);
  }
  if (gates.size() != 3 && gates.size() != 4) return false;
  const std::int64_t width = size / static_cast<std::int64_t>(gates.size());
  std::int64_t at = 0;
  int sigmoids = 0;
  for (const auto& [range, gate] : gates) {
    if (range.first != at || range.second != at + width || !(gate.sigmoid || gate.tanh || gate.product)) return false;
    sigmoids += gate.sigmoid;
    at = range.second;
  }
  if (sigmoids != static_cast<int>(gates.size()) - 1) return false;
  for (const auto& [range, gate] : gates) use.sections.push_back({gate_name(reading.flow, gate, gates.size()), range.first, range.second});
  use.role = Role::packed_gates;
  use.cell = gates.size() == 4 ? "lstm" : "gru";
  return true;
}

bool pack_gate_up(const std::vector<ChannelEnd>& ends, std::int64_t size, RoleUse& use) {
  std::map<Range, std::set<std::string>> halves;
  for (const auto& end : ends)
    if (end.whole_range && end.count * 2 == size) halves[{end.begin, end.end}].insert(end.stop);
  if (halves.size() != 2) return false;
  const auto is_function = [](const std::set<std::string>& stops) {
    return std::any_of(stops.begin(), stops.end(), [](const std::string& s) {
      return s != "product" && s != "sum" && s != "layer" && s != "norm" && s != "output" && s != "residual_add" && s != "contraction" &&
             s.size() > 1;
    });
  };
  const auto& first = halves.begin()->second;
  const auto& second = std::next(halves.begin())->second;
  const bool a = is_function(first), b = is_function(second);
  if (!(a && (b || second.contains("product"))) && !(b && first.contains("product"))) return false;
  const bool first_is_gate = a && (!b || first.contains("sigmoid"));
  use.sections = {{first_is_gate ? "gate" : "up", 0, size / 2}, {first_is_gate ? "up" : "gate", size / 2, size}};
  use.role = Role::packed_gate_up;
  use.glu = "gate_up";
  return true;
}

/// Whether a value is 1 + something, seen through views.
bool is_one_plus(const Flow& flow, ValueId value) {
  const Graph& graph = flow.graph();
  for (int steps = 0; steps < 6; ++steps) {
    const NodeId producer = graph.values[value].producer;
    if (producer == absent) return false;
    const Node& node = graph.nodes[producer];
    if (node.op == "Add") {
      for (const ValueId v : node.inputs) {
        const TensorId tensor = v == absent ? absent : graph.values[v].tensor;
        if (tensor != absent && count_of(graph, tensor) == 1 && flow.weights().has_values(tensor) &&
            numbers_of(flow.weights(), graph, tensor, 1).at(0) == 1)
          return true;
      }
      return false;
    }
    if (!is_view(node) || node.inputs.empty()) return false;
    value = node.inputs[0];
  }
  return false;
}

/// adaLN: outputs that scale, as 1 + s, what a norm made of another stream. With zeros the norm passes unchanged.
bool modulates(const Reading& reading, const Layer& layer) {
  const auto& shape = reading.graph().values[layer.output].shape;
  if (!shape || shape->empty() || shape->back() < 2) return false;
  for (const auto& end : channel_ends(reading.flow, reading.attentions, reading.residuals, layer.output, -1)) {
    if (end.stop != "product" || end.count > shape->back() / 2 || !is_one_plus(reading.flow, end.value)) continue;
    for (const ValueId other : reading.flow.operands(end.node))
      if (other != end.value && reading.flow.norms().of(other)) return true;
  }
  return false;
}

bool reads_one_hot(const Reading& reading, const Layer& layer) { return reading.paths.before(layer.data).one_hot; }

}  // namespace

void pack_sections(const Reading& reading, RoleUse& use, const Layer& layer) {
  const auto axis = channel_axis(reading.graph(), layer);
  const auto& shape = reading.graph().values[layer.output].shape;
  if (!shape) return;
  const auto at = axis < 0 ? axis + static_cast<std::int64_t>(shape->size()) : axis;
  if (at < 0 || at >= static_cast<std::int64_t>(shape->size())) return;
  const auto size = (*shape)[static_cast<std::size_t>(at)];
  // A file may state any size for what a small weight makes; none that is real comes near the limit.
  constexpr std::int64_t most_channels = 1 << 24;
  if (size < 2 || size > std::min(most_channels, element_count(reading.graph().tensors[use.tensor].shape))) return;
  const auto ends = channel_ends(reading.flow, reading.attentions, reading.residuals, layer.output, at);
  if (pack_attention(ends, size, use) || pack_gates(reading, ends, size, use) || pack_gate_up(ends, size, use)) {
    for (std::size_t i = 0; i < use.letters.size(); ++i)
      if (use.letters[i] == 'O' && !use.sections.empty()) use.section_axis = static_cast<int>(i);
  }
}

RoleUse dense_use(const Reading& reading, RoleUse use, const Layer& layer) {
  const Graph& graph = reading.graph();
  const Node& node = graph.nodes[layer.node];
  use.letters = axis_letters(graph, layer);
  use.role = Role::dense;
  use.evidence.push_back(node.op + " " + reading.flow.name_of(layer.node) + " reads it as " +
                         (use.letters.empty() ? "its weight" : "(" + use.letters + ")"));
  if (reads_one_hot(reading, layer) && use.letters == "IO") {
    use.role = Role::embedding;
    use.letters = "VE";
    use.evidence.push_back("its other operand is one-hot");
    return use;
  }
  const auto& shape = graph.values[use.value].shape;
  const bool selected = reading.flow.origins()[use.value]->selected;
  bool stacked = selected;
  for (std::size_t i = 0; shape && i < use.letters.size() && i < shape->size(); ++i)
    stacked = stacked || (use.letters[i] == 'E' && (*shape)[i] > 1);
  if (use.letters.find('K') != std::string::npos) {
    use.role = use.letters.front() == 'D' ? Role::per_head_in : Role::per_head_out;
    use.attention = reading.paths.after(layer.output).attention;
    return use;
  }
  pack_sections(reading, use, layer);
  if (stacked) use.role = Role::expert_stack;
  const After after = reading.paths.after(layer.output);
  if (use.role == Role::dense && after.selection && reading.paths.has_layer_after(layer.output)) {
    use.role = Role::router;
    use.evidence.push_back("its outputs are ranked by TopK to choose experts");
  }
  if (use.role == Role::dense && modulates(reading, layer)) {
    use.modulates = true;
    use.evidence.push_back("scales, as 1 + s, what a norm makes of another stream");
  }
  if (use.role == Role::packed_gates) {
    const Before before = reading.paths.before(layer.data);
    const std::string& name = graph.tensors[use.tensor].name;
    const bool named = name.find("recurrent") != std::string::npos || name.find("_hh") != std::string::npos;
    const std::int64_t width = use.sections.front().end - use.sections.front().begin;
    const std::int64_t inputs = shape && use.letters.find('I') != std::string::npos ? (*shape)[use.letters.find('I')] : 0;
    use.recurrent = named || (inputs == width && (before.product || before.sum));
  }
  return use;
}

}  // namespace evenkeel::roles
