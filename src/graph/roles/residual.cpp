// SPDX-License-Identifier: Apache-2.0
// A branch is what lies between the point where skip and branch part and the add; nodes outside are never visited, so cost follows branch
// length.
#include "graph/roles/residual.hpp"

#include <algorithm>
#include <array>
#include <queue>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

constexpr std::size_t most_operands = 64;

bool cuts(const Node& node) {
  constexpr std::array<std::string_view, 7> ops{"Slice", "Split", "Gather", "GatherND", "GatherElements", "SequenceAt", "SplitToSequence"};
  return std::find(ops.begin(), ops.end(), node.op) != ops.end() || is_reduction(node);
}

}  // namespace

Residuals::Residuals(const Flow& flow) : flow_(flow) {
  find();
  drop_inner();
  for (std::size_t i = 0; i < residuals_.size(); ++i) by_add_[residuals_[i].add] = static_cast<int>(i);
  const std::vector<Residual> found = std::move(residuals_);
  const std::vector<std::set<NodeId>> inside = std::move(inside_);
  residuals_.clear();
  inside_.clear();
  for (std::size_t i = 0; i < found.size(); ++i) record(found[i], inside[i]);
  number();
}

void Residuals::find() {
  for (std::size_t n = 0; n < flow_.graph().nodes.size(); ++n) {
    const Node& node = flow_.graph().nodes[n];
    const bool adds = node.op == "Add" || node.op == "Sum" || flow_.is_residual_norm(node);
    if (!adds) continue;
    const auto operands = flat_operands(static_cast<NodeId>(n));
    if (operands.size() < 2 || operands.size() > most_operands) continue;
    if (!find_identity(static_cast<NodeId>(n), operands)) find_projection(static_cast<NodeId>(n), operands);
    if (!residuals_.empty() && residuals_.back().add == static_cast<NodeId>(n)) by_add_[static_cast<NodeId>(n)] = 0;
  }
  by_add_.clear();
}

/// Operands through sums that nothing else reads: x + attention + mlp is one residual add of two branches.
std::vector<ValueId> Residuals::flat_operands(NodeId add, int depth) const {
  std::vector<ValueId> out;
  const Node& node = flow_.graph().nodes[add];
  auto data = flow_.operands(add);
  if (flow_.is_residual_norm(node) && data.size() > 2) data.resize(2);
  for (const ValueId v : data) {
    const ValueId root = flow_.behind(v);
    const Value& value = flow_.graph().values[root];
    const bool inner_sum = value.producer != absent && flow_.graph().nodes[value.producer].op == "Add" && value.uses.size() == 1 &&
                           flow_.operands(value.producer).size() == 2 && !by_add_.contains(value.producer);
    if (inner_sum && out.size() < 16 && depth < 16) {
      for (const ValueId inner : flat_operands(value.producer, depth + 1)) out.push_back(inner);
    } else {
      out.push_back(v);
    }
  }
  return out;
}

/// The value behind casts, views, pooling and factors; a cut is where a skip ends.
ValueId Residuals::skip_root(ValueId value) const {
  for (int steps = 0; steps < 200; ++steps) {
    const Step step = flow_.backward(value);
    if (step.kind != Kind::transparent || step.from == absent || (step.node != absent && cuts(flow_.graph().nodes[step.node])))
      return value;
    value = step.from;
  }
  return value;
}

std::vector<bool> Residuals::reached_from(ValueId source, NodeId until) const {
  const Graph& graph = flow_.graph();
  std::vector<bool> reached(graph.values.size());
  reached[source] = true;
  if (const NodeId fused = graph.values[source].producer; fused != absent && flow_.is_residual_norm(graph.nodes[fused]))
    reached[graph.nodes[fused].outputs[0]] = true;  // sum and norm leave one node
  const NodeId first = graph.values[source].producer;
  for (NodeId n = first + 1; n <= until; ++n) {
    const auto& data = flow_.operands(n);
    if (std::none_of(data.begin(), data.end(), [&](ValueId v) { return reached[v]; })) continue;
    for (const ValueId out : graph.nodes[n].outputs)
      if (out != absent) reached[out] = true;
  }
  return reached;
}

std::set<NodeId> Residuals::nodes_between(const std::vector<ValueId>& ends, const std::vector<bool>& reached) const {
  std::set<NodeId> nodes;
  std::vector<ValueId> stack;
  for (const ValueId v : ends)
    if (reached[v]) stack.push_back(v);
  while (!stack.empty()) {
    const NodeId producer = flow_.graph().values[stack.back()].producer;
    stack.pop_back();
    if (producer == absent || nodes.contains(producer)) continue;
    const auto& data = flow_.operands(producer);
    if (std::none_of(data.begin(), data.end(), [&](ValueId v) { return reached[v]; })) continue;
    nodes.insert(producer);
    for (const ValueId v : data)
      if (reached[v]) stack.push_back(v);
  }
  return nodes;
}

bool Residuals::find_identity(NodeId add, const std::vector<ValueId>& operands) {
  for (const ValueId s : operands) {
    const ValueId root = skip_root(s);
    const Step source = flow_.backward(root);
    if (source.kind == Kind::stop && source.node != absent) continue;
    visits_left_ -= add - flow_.graph().values[root].producer + static_cast<std::int64_t>(flow_.graph().values.size() / 64);
    if (visits_left_ < 0) return false;
    const auto reached = reached_from(root, add);
    std::vector<ValueId> others;
    std::copy_if(operands.begin(), operands.end(), std::back_inserter(others), [&](ValueId v) { return v != s; });
    const bool branches =
        !others.empty() && std::all_of(others.begin(), others.end(), [&](ValueId v) { return reached[v] && skip_root(v) != root; });
    if (!branches) continue;
    const auto inside = nodes_between(others, reached);
    visits_left_ -= 8 * static_cast<std::int64_t>(inside.size());
    Residual residual{.add = add, .skip = root};
    for (const NodeId n : inside)
      if (flow_.layer(n) && reached[flow_.layer(n)->data]) residual.layers.push_back(n);
    if (residual.layers.empty()) continue;
    residuals_.push_back(std::move(residual));
    inside_.push_back(inside);
    return true;
  }
  return false;
}

bool Residuals::find_projection(NodeId add, const std::vector<ValueId>& operands) {
  if (operands.size() != 2) return false;
  const Graph& graph = flow_.graph();
  // walk back from both, latest node first, until one node is on both sides
  std::map<NodeId, int, std::greater<>> frontier;
  std::array<std::set<NodeId>, 2> sides;
  std::map<ValueId, int> inputs;
  const auto push = [&](ValueId v, int side) {
    const NodeId producer = graph.values[v].producer;
    if (producer == absent)
      inputs[v] |= side;
    else
      frontier[producer] |= side;
  };
  push(operands[0], 1);
  push(operands[1], 2);
  bool meets = false;
  for (int steps = 0; !frontier.empty() && steps < 4000; ++steps) {
    if (--visits_left_ < 0) return false;
    const auto [node, side] = *frontier.begin();
    frontier.erase(frontier.begin());
    if (side == 3) {
      meets = true;
      break;
    }
    sides[static_cast<std::size_t>(side - 1)].insert(node);
    for (const ValueId v : flow_.operands(node)) push(v, side);
  }
  if (!meets && std::none_of(inputs.begin(), inputs.end(), [](const auto& entry) { return entry.second == 3; })) return false;
  std::array<std::vector<NodeId>, 2> layers;
  std::array<bool, 2> active{};
  for (std::size_t side = 0; side < 2; ++side)
    for (const NodeId n : sides[side]) {
      if (flow_.layer(n)) layers[side].push_back(n);
      for (const ValueId out : graph.nodes[n].outputs)
        if (out != absent && flow_.backward(out).kind == Kind::activation) active[side] = true;
    }
  for (std::size_t side = 0; side < 2; ++side) {
    if (layers[side].size() != 1 || active[side] || layers[1 - side].size() < 2) continue;
    Residual residual{.add = add, .layers = layers[1 - side], .shortcut = layers[side][0], .projection = true};
    residual.skip = flow_.layer(residual.shortcut)->data;
    residuals_.push_back(std::move(residual));
    inside_.push_back(sides[1 - side]);
    return true;
  }
  return false;
}

/// An add inside a larger residual sum (attention and MLP in parallel) is no residual of its own.
void Residuals::drop_inner() {
  std::set<NodeId> identity;
  for (const Residual& r : residuals_)
    if (!r.projection) identity.insert(r.add);
  for (std::size_t i = residuals_.size(); i-- > 0;) {
    const Residual& r = residuals_[i];
    const Value& out = flow_.graph().values[flow_.graph().nodes[r.add].outputs[0]];
    if (r.projection && out.uses.size() == 1 && identity.contains(out.uses[0].node)) {
      residuals_.erase(residuals_.begin() + static_cast<std::ptrdiff_t>(i));
      inside_.erase(inside_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

bool Residuals::leads_to(NodeId node, NodeId add, const std::set<NodeId>& barrier) const {
  std::vector<NodeId> stack{node};
  std::set<NodeId> seen{node};
  while (!stack.empty()) {
    const NodeId at = stack.back();
    stack.pop_back();
    for (const ValueId out : flow_.graph().nodes[at].outputs) {
      if (out == absent || !flow_.is_data(out)) continue;
      for (const Use& use : flow_.graph().values[out].uses) {
        if (use.node == add) return true;
        if (use.node > add || barrier.contains(use.node) || !seen.insert(use.node).second) continue;
        const auto& layer = flow_.layer(use.node);
        if (layer && layer->data != out) continue;
        stack.push_back(use.node);
      }
    }
  }
  return false;
}

/// Keys and values of cross-attention: their layers meet the branch in a contraction, but read another stream.
void Residuals::add_fed_from_elsewhere(Residual& residual, const std::set<NodeId>& inside) const {
  const Graph& graph = flow_.graph();
  for (const NodeId n : inside) {
    const bool contraction = (graph.nodes[n].op == "MatMul" || graph.nodes[n].op == "Einsum") && !flow_.layer(n);
    if (!contraction) continue;
    for (const ValueId v : flow_.operands(n)) {
      const Step made = flow_.backward(flow_.behind(v));
      const bool source = residual.skip != absent && made.node == graph.values[residual.skip].producer;
      if (made.kind == Kind::layer && !inside.contains(made.node) && !source && !position_.contains(made.node))
        residual.layers.push_back(made.node);
    }
  }
}

void Residuals::record(Residual residual, const std::set<NodeId>& inside) {
  const int index = static_cast<int>(residuals_.size());
  add_fed_from_elsewhere(residual, inside);
  std::sort(residual.layers.begin(), residual.layers.end());
  const std::set<NodeId> members(residual.layers.begin(), residual.layers.end());
  const auto after_another = [&](NodeId n) {
    std::vector<NodeId> stack{n};
    std::set<NodeId> seen;
    while (!stack.empty()) {
      const NodeId at = stack.back();
      stack.pop_back();
      for (const ValueId v : flow_.operands(at)) {
        const NodeId p = flow_.graph().values[v].producer;
        if (p == absent || !inside.contains(p) || !seen.insert(p).second) continue;
        if (members.contains(p)) return true;
        stack.push_back(p);
      }
    }
    return false;
  };
  for (const NodeId n : residual.layers) {
    if (position_.contains(n)) continue;
    const bool before = after_another(n), last = leads_to(n, residual.add, members);
    position_[n] = {index, !before && last ? BranchPosition::only
                           : last          ? BranchPosition::last
                           : before        ? BranchPosition::inner
                                           : BranchPosition::first};
  }
  if (residual.shortcut != absent) position_[residual.shortcut] = {index, BranchPosition::shortcut};
  const Graph& graph = flow_.graph();
  const NodeId source = residual.skip == absent ? absent : graph.values[residual.skip].producer;
  bool pre = source != absent && flow_.is_residual_norm(graph.nodes[source]) && graph.nodes[source].outputs[0] != residual.skip;
  if (pre && !position_.contains(source)) position_[source] = {index, BranchPosition::pre_norm};  // the norm that left with the sum
  bool end = false, any = pre;
  for (const Norm& norm : flow_.norms().all()) {
    if (!inside.contains(norm.node) || flow_.is_residual_norm(flow_.graph().nodes[norm.node])) continue;
    any = true;
    const bool before = after_another(norm.node), last = leads_to(norm.node, residual.add, members);
    const auto position = last ? BranchPosition::last_norm : before ? BranchPosition::inner_norm : BranchPosition::pre_norm;
    if (!position_.contains(norm.node)) position_[norm.node] = {index, position};
    pre = pre || position == BranchPosition::pre_norm;
    end = end || position == BranchPosition::last_norm;
  }
  const Node& add = graph.nodes[residual.add];
  const auto next = flow_.forward(add.outputs[0]);
  const bool sum_is_read = add.outputs.size() > 3 && add.outputs[3] != absent && !graph.values[add.outputs[3]].uses.empty();
  const bool fused = flow_.is_residual_norm(add) && !sum_is_read;
  const bool post = fused || (!next.empty() && std::all_of(next.begin(), next.end(), [](const Step& s) { return s.kind == Kind::norm; }));
  residual.norm = pre && end ? BranchNorm::pre_and_end
                  : pre      ? BranchNorm::pre
                  : end      ? BranchNorm::end
                  : any      ? BranchNorm::inner
                  : post     ? BranchNorm::post
                             : BranchNorm::none;
  residuals_.push_back(std::move(residual));
}

NodeId Residuals::previous_add(ValueId value) const {
  for (int steps = 0; steps < 200 && value != absent; ++steps) {
    const NodeId producer = flow_.graph().values[value].producer;
    if (producer == absent) return absent;
    if (by_add_.contains(producer)) return producer;
    if (flow_.layer(producer)) return absent;
    const auto& data = flow_.operands(producer);
    if (data.empty()) return absent;
    value = data[0];
  }
  return absent;
}

void Residuals::number() {
  std::vector<std::vector<int>> streams;
  for (int i = 0; i < static_cast<int>(residuals_.size()); ++i) {
    Residual& r = residuals_[static_cast<std::size_t>(i)];
    const NodeId previous = r.skip == absent ? absent : previous_add(r.skip);
    if (previous != absent && by_add_.contains(previous) && by_add_.at(previous) < i) {
      r.stream = residuals_[static_cast<std::size_t>(by_add_.at(previous))].stream;
    } else {
      r.stream = static_cast<int>(streams.size());
      streams.emplace_back();
    }
    r.index = static_cast<int>(streams[static_cast<std::size_t>(r.stream)].size());
    streams[static_cast<std::size_t>(r.stream)].push_back(i);
  }
  for (Residual& r : residuals_) r.count = static_cast<int>(streams[static_cast<std::size_t>(r.stream)].size());
}

const Residual* Residuals::of_add(NodeId node) const {
  const auto found = by_add_.find(node);
  return found == by_add_.end() ? nullptr : &residuals_[static_cast<std::size_t>(found->second)];
}

const std::pair<int, BranchPosition>* Residuals::of(NodeId node) const {
  const auto found = position_.find(node);
  return found == position_.end() ? nullptr : &found->second;
}

Branch Residuals::branch(NodeId node) const {
  const auto& [index, position] = position_.at(node);
  const Residual& r = residuals_[static_cast<std::size_t>(index)];
  return {.stream = r.stream,
          .index = r.index,
          .count = r.count,
          .layers = static_cast<int>(r.layers.size()),
          .position = position,
          .norm = r.norm,
          .kind = r.projection ? "projection" : "identity",
          .add = flow_.name_of(r.add)};
}

NodeId Residuals::add_behind(ValueId value) const {
  for (int steps = 0; steps < 24; ++steps) {
    const auto next = flow_.forward(value);
    if (next.size() != 1 || next[0].node == absent) return absent;
    if (is_add(next[0].node)) return next[0].node;
    if (next[0].kind != Kind::transparent && next[0].kind != Kind::product && next[0].kind != Kind::norm) return absent;
    value = next[0].to;
  }
  return absent;
}

}  // namespace evenkeel::roles
