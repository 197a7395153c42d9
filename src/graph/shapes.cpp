// SPDX-License-Identifier: Apache-2.0
// Shape inference, node by node. What a loop carries is first taken to keep its shape; where the body disagrees, it is widened and all is
// done anew.
#include "evenkeel/graph/shapes.hpp"

#include <algorithm>
#include <limits>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "graph/shapes/stored.hpp"

namespace evenkeel {
namespace {

using namespace shapes;

constexpr int max_passes = 4;  // a carried value can lose its dimensions, then its rank
// A file may state any size. What is larger counts as not known: sums and products of a few sizes stay within 63 bits.
constexpr std::int64_t largest_extent = std::int64_t{1} << 40;

bool fits(DType dtype, std::int64_t value) {
  const auto within = [&](std::int64_t low, std::int64_t high) { return value >= low && value <= high; };
  switch (dtype) {
    case DType::boolean:
      return within(0, 1);
    case DType::i8:
      return within(INT8_MIN, INT8_MAX);
    case DType::i16:
      return within(INT16_MIN, INT16_MAX);
    case DType::i32:
      return within(INT32_MIN, INT32_MAX);
    case DType::u8:
      return within(0, UINT8_MAX);
    case DType::u16:
      return within(0, UINT16_MAX);
    case DType::u32:
      return within(0, UINT32_MAX);
    case DType::u64:
      return value >= 0;
    default:
      return true;
  }
}

class Inference {
 public:
  Inference(Graph& graph, const WeightSource& weights)
      : graph_(graph), tensors_(facts_of_tensors(graph, weights)), stated_(graph.values.size()) {
    for (std::size_t i = 0; i < stated_.size(); ++i) stated_[i] = graph.values[i].shape;
    for (const Node& node : graph.nodes)
      if (node.domain.empty()) opset_ = std::max(opset_, node.opset);
  }

  void run() {
    for (int pass = 0; pass < max_passes; ++pass) {
      start();
      for (const Node& node : graph_.nodes) infer(node);
      if (!widen_carried(pass + 2 >= max_passes)) break;
    }
    write();
  }

 private:
  void start() {
    facts_.assign(graph_.values.size(), {});
    room_ = max_content_in_all;
    std::vector<bool> copied(tensors_.size());
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const Value& value = graph_.values[i];
      if (value.tensor >= 0 && static_cast<std::size_t>(value.tensor) < tensors_.size()) {
        facts_[i] = tensors_[static_cast<std::size_t>(value.tensor)];
        auto& content = facts_[i].content;
        const bool repeated = copied[static_cast<std::size_t>(value.tensor)];
        copied[static_cast<std::size_t>(value.tensor)] = true;
        if (content && repeated && !take_room(room_, content->size())) content.reset();
        continue;
      }
      facts_[i].dtype = value.dtype;
      facts_[i].data_dependent = value.graph_input;
      if (value.producer == absent && stated_[i]) facts_[i].dims = dims_of(*stated_[i]);
      settle(facts_[i]);
    }
  }

  // Gives every unknown number a symbol and drops what contradicts itself.
  void settle(Facts& facts) {
    if (facts.dims) {
      const bool odd = facts.dims->size() > static_cast<std::size_t>(max_rank) ||
                       std::any_of(facts.dims->begin(), facts.dims->end(), [](const Element& e) { return e.known() && e.integer < 0; });
      if (odd) facts.dims.reset();
    }
    if (facts.dims)
      for (Element& dim : *facts.dims)
        if (dim.symbol < 0) dim = symbols_.dimension();
    if (!facts.content) return;
    const std::int64_t limit = is_floating(facts.dtype) ? max_real_content : max_content;
    const auto count = known_count(facts.dims, limit);
    const bool fitting = facts.dtype != DType::other && !facts.sequence && static_cast<std::int64_t>(facts.content->size()) <= limit;
    const bool matching = facts.dims && all_known(*facts.dims) && count && *count == static_cast<std::int64_t>(facts.content->size());
    if (!fitting || !matching || !take_room(room_, facts.content->size())) {
      facts.content.reset();
    } else if (is_integral(facts.dtype)) {
      for (Element& element : *facts.content)
        if (element.symbol < 0 || (element.known() && !fits(facts.dtype, element.integer))) element = symbols_.integer();
    }
  }

  // Dimensions that the file states, where inference found nothing.
  void merge_stated(Facts& facts, const Value& value, bool stated_first) {
    if (facts.dtype == DType::other) facts.dtype = value.dtype;
    const auto& stated = stated_[static_cast<std::size_t>(&value - graph_.values.data())];
    if (!stated || facts.sequence) return;
    if (!facts.dims || (stated_first && facts.dims->size() != stated->size())) facts.dims = dims_of(*stated);
    if (facts.dims->size() != stated->size()) return;
    for (std::size_t i = 0; i < stated->size(); ++i)
      if (!(*facts.dims)[i].known() && (*stated)[i] >= 0) (*facts.dims)[i] = number((*stated)[i]);
  }

  void infer(const Node& node) {
    std::vector<Facts> found(node.outputs.size());
    const bool carry = node.op == "Carry" && node.domain == "evenkeel";
    if (carry) {
      infer_carry(node, found);
    } else if (const Infer rule = find_rule(node.domain, node.op)) {
      Context context(node, facts_, tensors_, symbols_, found);
      context.model_opset = opset_;
      try {
        rule(context);
      } catch (const Error&) {
        found.assign(node.outputs.size(), {});  // a node that contradicts itself: its outputs stay unknown
      }
    }
    const bool shape_only = node.domain.empty() && (node.op == "Shape" || node.op == "Size");
    const bool dependent = !shape_only && std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
      return in_range(id) && facts_[static_cast<std::size_t>(id)].data_dependent;
    });
    for (std::size_t slot = 0; slot < found.size(); ++slot) {
      const ValueId id = node.outputs[slot];
      if (!in_range(id) || graph_.values[static_cast<std::size_t>(id)].tensor != absent) continue;
      Facts& facts = found[slot];
      facts.data_dependent = facts.data_dependent || dependent;
      merge_stated(facts, graph_.values[static_cast<std::size_t>(id)], node.domain == "evenkeel");
      settle(facts);
      facts_[static_cast<std::size_t>(id)] = std::move(facts);
    }
  }

  void infer_carry(const Node& node, std::vector<Facts>& found) {
    if (node.outputs.empty() || node.inputs.empty() || !in_range(node.inputs[0]) || !in_range(node.outputs[0])) return;
    Facts facts = facts_[static_cast<std::size_t>(node.inputs[0])];
    facts.content.reset();
    if (const auto wider = carried_.find(node.outputs[0]); wider != carried_.end()) {
      const Facts& known = wider->second;
      facts.data_dependent = facts.data_dependent || known.data_dependent;
      facts.dims = known.dims;
      facts.dtype = known.dtype;
      if (facts.dims)
        for (Element& dim : *facts.dims)
          if (!dim.known()) dim = symbols_.varying();
    }
    found[0] = std::move(facts);
  }

  // Joins every carried value with what the loop hands back, found by the common initial value. Returns whether an assumption was too
  // narrow.
  bool widen_carried(bool give_up) {
    bool changed = false;
    std::map<ValueId, std::optional<Facts>> handed_back;  // by initial value
    for (const Node& carry : graph_.nodes) {
      if (carry.op != "Carry" || carry.domain != "evenkeel" || carry.inputs.empty() || carry.outputs.empty()) continue;
      if (!in_range(carry.inputs[0]) || !in_range(carry.outputs[0])) continue;
      const Facts assumed = facts_[static_cast<std::size_t>(carry.outputs[0])];
      auto back = handed_back.find(carry.inputs[0]);
      if (back == handed_back.end()) back = handed_back.emplace(carry.inputs[0], join_merges(carry.inputs[0])).first;
      Facts joined = back->second ? join(symbols_, assumed, *back->second) : assumed;
      if (matches(assumed, joined, carried_.contains(carry.outputs[0]))) continue;
      changed = true;
      if (give_up) joined.dims.reset();
      carried_[carry.outputs[0]] = std::move(joined);
    }
    return changed;
  }

  std::optional<Facts> join_merges(ValueId initial) {
    std::optional<Facts> joined;
    for (const Use& use : graph_.values[static_cast<std::size_t>(initial)].uses) {
      if (use.node < 0 || static_cast<std::size_t>(use.node) >= graph_.nodes.size() || use.slot != 0) continue;
      const Node& merge = graph_.nodes[static_cast<std::size_t>(use.node)];
      if (merge.op != "Merge" || merge.domain != "evenkeel" || merge.inputs.size() < 2 || !in_range(merge.inputs[1])) continue;
      const Facts& result = facts_[static_cast<std::size_t>(merge.inputs[1])];
      joined = joined ? join(symbols_, *joined, result) : result;
    }
    return joined;
  }

  // Once widened, an unknown dimension stands for any.
  static bool matches(const Facts& assumed, const Facts& joined, bool widened) {
    if (assumed.data_dependent != joined.data_dependent || assumed.dims.has_value() != joined.dims.has_value()) return false;
    if (!assumed.dims) return true;
    if (assumed.dims->size() != joined.dims->size()) return false;
    for (std::size_t i = 0; i < assumed.dims->size(); ++i)
      if (!same((*assumed.dims)[i], (*joined.dims)[i]) && ((*assumed.dims)[i].known() || !widened)) return false;
    return true;
  }

  void write() {
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      Value& value = graph_.values[i];
      const Facts& facts = facts_[i];
      value.data_dependent = facts.data_dependent;
      if (facts.dtype != DType::other) value.dtype = facts.dtype;
      value.shape.reset();
      if (facts.dims) {
        value.shape.emplace();
        for (const Element& dim : *facts.dims) value.shape->push_back(dim.known() && dim.integer <= largest_extent ? dim.integer : -1);
      }
      value.integers.reset();
      if (!facts.content || !is_integral(facts.dtype) || !all_known(*facts.content)) continue;
      value.integers.emplace();
      for (const Element& element : *facts.content) value.integers->push_back(element.integer);
    }
  }

  [[nodiscard]] bool in_range(ValueId id) const { return id >= 0 && static_cast<std::size_t>(id) < graph_.values.size(); }

  Graph& graph_;
  std::int64_t opset_ = 0;
  Symbols symbols_;
  std::vector<Facts> tensors_;
  std::vector<std::optional<Shape>> stated_;
  std::vector<Facts> facts_;
  std::map<ValueId, Facts> carried_;
  std::size_t room_ = 0;
};

}  // namespace

void infer_shapes(Graph& graph, const WeightSource& weights) {
  const DefaultFloatingPoint environment;
  Inference(graph, weights).run();
}

}  // namespace evenkeel
