// SPDX-License-Identifier: Apache-2.0
// Follows stored tensors through the views, casts and factors that exporters leave between them and the node that uses them.
#include "graph/roles/origin.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

using Origins = std::vector<std::optional<Origin>>;

std::vector<int> identity_axes(std::size_t rank) {
  std::vector<int> axes(rank);
  for (std::size_t i = 0; i < rank; ++i) axes[i] = static_cast<int>(i);
  return axes;
}

/// Axes of a reshaped value where only dimensions of size one came or went; otherwise all are lost.
std::vector<int> reshaped_axes(const Shape& from, const std::vector<int>& axes, const Shape& to, bool& same) {
  std::vector<int> kept;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1 && i < axes.size()) kept.push_back(axes[i]);
  std::vector<int> out;
  std::size_t next = 0;
  Shape squeezed_from;
  Shape squeezed_to;
  std::copy_if(from.begin(), from.end(), std::back_inserter(squeezed_from), [](auto n) { return n != 1; });
  std::copy_if(to.begin(), to.end(), std::back_inserter(squeezed_to), [](auto n) { return n != 1; });
  same = squeezed_from == squeezed_to;
  if (same && from.size() == to.size() && from == to) return axes;
  for (const auto n : to) {
    if (!same) {
      out.push_back(lost_axis);
    } else {
      out.push_back(n == 1 ? new_axis : kept[next++]);
    }
  }
  return out;
}

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph), origins_(graph.values.size()), active_(graph.values.size()) {}

  Provenance run() {
    for (std::size_t v = 0; v < active_.size(); ++v) active_[v] = graph_.values[v].graph_input;
    for (std::size_t v = 0; v < graph_.values.size(); ++v) {
      const Value& value = graph_.values[v];
      if (value.tensor == absent) continue;
      const StoredTensor& tensor = graph_.tensors[value.tensor];
      Origin origin{.tensor = value.tensor, .axes = identity_axes(tensor.shape.size())};
      origin.quantized = is_quantized_type(tensor.dtype);
      if (is_floating(tensor.dtype) || (origin.quantized && element_count(tensor.shape) > 1)) origins_[v] = origin;
    }
    for (const Node& node : graph_.nodes) visit(node);
    return {std::move(origins_), std::move(active_)};
  }

 private:
  static bool is_quantized_type(DType dtype) {
    return dtype == DType::i8 || dtype == DType::u8 || dtype == DType::other || dtype == DType::i16 || dtype == DType::u16;
  }

  const Origin* at(ValueId v) const { return v == absent || !origins_[v] ? nullptr : &*origins_[v]; }
  Shape shape_of(ValueId v) const { return graph_.values[v].shape.value_or(Shape{}); }

  void visit(const Node& node) {
    if (main_output(graph_, node) == absent || node.inputs.empty()) return;
    const std::size_t reads = takes_only_shape(node) ? 1 : node.inputs.size();
    const bool data = std::any_of(node.inputs.begin(), node.inputs.begin() + static_cast<std::ptrdiff_t>(reads),
                                  [&](ValueId v) { return v != absent && active_[v]; });
    if (data || node.outputs[0] == absent || is_layer_of_tokens(node)) {
      if (!is_shape_query(node))
        for (const ValueId out : node.outputs)
          if (out != absent) active_[out] = true;
      if (is_gather(node))
        select(node);
      else if (is_view(node) && at(node.inputs[0]) && at(node.inputs[0])->selected)
        view(node);
      return;
    }
    if (is_view(node)) {
      if (at(node.inputs[0])) view(node);
    } else if (is_elementwise(node) || node.op == "Concat" || is_reduction(node) || node.op == "Merge") {
      combine(node);
    } else if (is_spatial(node) && at(node.inputs[0])) {  // positions resized to another grid
      Origin origin = *at(node.inputs[0]);
      origin.axes.assign(origin.axes.size(), lost_axis);
      set(node.outputs[0], origin);
    } else if (node.op == "DequantizeLinear" && at(node.inputs[0])) {
      Origin origin = *at(node.inputs[0]);
      origin.quantized = true;
      set(node.outputs[0], origin);
    }
  }

  /// A product of two stored tensors: learned tokens or queries meet their first weights.
  bool is_layer_of_tokens(const Node& node) const {
    if (!norm_kind(node).empty() && node.inputs.size() >= 2) {
      const Origin* data = at(node.inputs[0]);
      const Origin* scale = at(node.inputs[1]);
      return data && scale && data->tensor != scale->tensor &&
             element_count(graph_.tensors[data->tensor].shape) > element_count(graph_.tensors[scale->tensor].shape);
    }
    const bool product = node.op == "MatMul" || node.op == "Gemm" || node.op == "Einsum" || is_convolution(node);
    const auto real = [&](const Origin* o) { return o && !o->computed && element_count(graph_.tensors[o->tensor].shape) > 1; };
    if (!product || node.inputs.size() < 2) return false;
    const Origin* a = at(node.inputs[0]);
    const Origin* b = at(node.inputs[1]);
    return (real(a) && real(b)) || (a && real(b)) || (starts_from_zero(node) && real(b) && is_matrix(b->tensor));
  }

  /// Later inputs give a type or a shape, no values.
  static bool takes_only_shape(const Node& node) {
    return node.op == "CastLike" || node.op == "Reshape" || node.op == "Expand" || node.op == "Tile";
  }

  /// A state or target that starts as a computed float, such as zeros: its first layer is one all the same.
  bool starts_from_zero(const Node& node) const {
    const Value& v = graph_.values[node.inputs[0]];
    return v.tensor == absent && is_floating(v.dtype);
  }
  bool is_matrix(TensorId tensor) const {
    const Shape& shape = graph_.tensors[tensor].shape;
    return shape.size() == 2 && shape[0] > 1 && shape[1] > 1;
  }

  static bool is_shape_query(const Node& node) { return node.op == "Shape" || node.op == "Size" || node.op == "ConstantOfShape"; }

  void set(ValueId v, Origin origin) {
    if (v != absent) origins_[v] = std::move(origin);
  }

  /// Rows of a stack chosen by the data: what comes out is still a weight, of one expert.
  void select(const Node& node) {
    const Origin* in = at(node.inputs[0]);
    if (!in || active_[node.inputs[0]]) return;
    const auto rank = graph_.tensors[in->tensor].shape.size();
    if (rank < 3) return;
    Origin origin = *in;
    origin.selected = true;
    const auto out = graph_.values[node.outputs[0]].shape;
    const std::size_t out_rank = out ? out->size() : rank;
    origin.axes.assign(out_rank, new_axis);
    for (std::size_t k = 0; k + 1 < rank && k < out_rank; ++k)  // trailing axes survive, the stacking axis becomes a batch
      origin.axes[out_rank - 1 - k] = in->axes.size() > k ? in->axes[in->axes.size() - 1 - k] : lost_axis;
    if (out_rank >= rank) origin.axes[out_rank - rank] = in->axes.empty() ? lost_axis : in->axes.front();
    set(node.outputs[0], std::move(origin));
  }

  void view(const Node& node) {
    Origin origin = *at(node.inputs[0]);
    const Shape from = shape_of(node.inputs[0]);
    if (node.op == "Transpose") {
      auto perm = integers_of(node, "perm");
      std::vector<int> axes(origin.axes.size(), lost_axis);
      for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto p = perm.empty() ? static_cast<std::int64_t>(axes.size() - 1 - i) : i < perm.size() ? perm[i] : -1;
        if (p >= 0 && p < static_cast<std::int64_t>(axes.size())) axes[i] = origin.axes[static_cast<std::size_t>(p)];
      }
      origin.axes = axes;
    } else if (!keeps_axes(node)) {
      const auto& to = graph_.values[node.outputs[0]].shape;
      bool same = false;
      const bool cuts = node.op == "Slice" || node.op == "Split" || node.op == "Gather" || node.op == "Expand" || node.op == "Tile";
      if (!to) {
        origin.axes.clear();
      } else if (cuts) {
        if (to->size() != origin.axes.size()) realign(origin.axes, to->size(), node);
      } else {
        origin.axes = reshaped_axes(from, origin.axes, *to, same);
        if (!same) origin.reshaped = true;
      }
    }
    std::int64_t start = node.op == "Slice" ? slice_start(node) : 0;
    for (const ValueId out : node.outputs) {
      Origin part = origin;
      const auto& to = out == absent ? std::optional<Shape>{} : graph_.values[out].shape;
      if ((node.op == "Split" || node.op == "Slice") && to) start += note_part(from, *to, start, part);
      set(out, part);
    }
  }

  std::int64_t slice_start(const Node& node) const {
    auto starts = integers_of(node, "starts");
    if (starts.empty() && node.inputs.size() > 1 && node.inputs[1] != absent)
      starts = graph_.values[node.inputs[1]].integers.value_or(std::vector<std::int64_t>{});
    return starts.size() == 1 ? starts[0] : -1;
  }

  /// Where exactly one axis got shorter, the range that is left; returns its length.
  static std::int64_t note_part(const Shape& from, const Shape& to, std::int64_t start, Origin& part) {
    if (from.size() != to.size() || start < 0) return 0;
    int changed = -1;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i] == to[i]) continue;
      if (changed >= 0 || to[i] < 0) return 0;
      changed = static_cast<int>(i);
    }
    if (changed < 0 || static_cast<std::size_t>(changed) >= part.axes.size() || part.part_axis >= 0) return 0;
    part.part_axis = part.axes[static_cast<std::size_t>(changed)];
    part.part_begin = start;
    part.part_end = start + to[static_cast<std::size_t>(changed)];
    return to[static_cast<std::size_t>(changed)];
  }

  /// Expand may add leading axes; a Gather with a scalar index drops its axis.
  static void realign(std::vector<int>& axes, std::size_t rank, const Node& node) {
    if (rank > axes.size()) {
      axes.insert(axes.begin(), rank - axes.size(), new_axis);
    } else if (node.op == "Gather") {
      const auto axis = integer_of(node, "axis", 0);
      const auto at = axis < 0 ? axis + static_cast<std::int64_t>(axes.size()) : axis;
      if (at >= 0 && at < static_cast<std::int64_t>(axes.size())) axes.erase(axes.begin() + at);
      axes.resize(rank, lost_axis);
    } else {
      axes.resize(rank, lost_axis);
    }
  }

  /// Each once, and no more than a weight is ever made of: sums of sums would double the list at every node.
  static void add_other(Origin& origin, TensorId tensor) {
    constexpr std::size_t most = 32;
    const bool known = tensor == origin.tensor || std::find(origin.others.begin(), origin.others.end(), tensor) != origin.others.end();
    if (!known && origin.others.size() < most) origin.others.push_back(tensor);
  }

  void combine(const Node& node) {
    const Origin* best = nullptr;
    std::int64_t largest = -1;
    ValueId from = absent;
    for (const ValueId v : node.inputs) {
      const Origin* origin = at(v);
      if (!origin) continue;
      const auto count = element_count(graph_.tensors[origin->tensor].shape);
      if (count > largest) {
        largest = count;
        best = origin;
        from = v;
      }
    }
    if (!best) return;
    Origin origin = *best;
    origin.exponential = origin.exponential || node.op == "Exp";
    origin.rooted = origin.rooted || node.op == "Sqrt" || node.op == "ReduceL2";
    for (const ValueId v : node.inputs) {
      if (v == absent || v == from) continue;
      const Origin* other = at(v);
      const auto& shape = graph_.values[v].shape;
      if (!other && !(shape && std::all_of(shape->begin(), shape->end(), [](auto n) { return n == 1; }))) origin.computed = true;
      if (!other) continue;
      origin.computed = origin.computed || other->computed;
      origin.rooted = origin.rooted || other->rooted;
      if (element_count(graph_.tensors[other->tensor].shape) > 1) add_other(origin, other->tensor);
      for (const TensorId t : other->others) add_other(origin, t);
      if (node.op == "Add" && element_count(graph_.tensors[other->tensor].shape) == 1) origin.plus_one = true;
    }
    const auto& to = graph_.values[node.outputs[0]].shape;
    if (!to || shape_of(from) != *to) {
      if (to && to->size() >= origin.axes.size())
        origin.axes.insert(origin.axes.begin(), to->size() - origin.axes.size(), new_axis);
      else
        origin.axes.assign(to ? to->size() : 0, lost_axis);
    }
    for (const ValueId out : node.outputs) set(out, origin);
  }

  const Graph& graph_;
  Origins origins_;
  std::vector<bool> active_;
};

}  // namespace

Provenance find_provenance(const Graph& graph) { return Finder(graph).run(); }

}  // namespace evenkeel::roles
