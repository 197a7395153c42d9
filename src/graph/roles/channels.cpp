// SPDX-License-Identifier: Apache-2.0
// The map from a value's axes to channels is affine: channel = offset + sum stride[k] * coordinate[k]. Reshape splits and joins axes,
// Slice, Split and Gather move the offset; where that can no longer be said, the channels seen so far are kept as they are.
#include "graph/roles/channels.hpp"

#include <algorithm>
#include <set>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

struct Axis {
  std::int64_t size = -1, stride = 0;
};  // stride 0: no channel axis

struct Channels {
  std::vector<Axis> axes;
  std::int64_t offset = 0;
  std::int64_t chunk_stride = 0;  // in a sequence of equal cuts: channels from one to the next
  bool exact = true;              // false: `frozen` says what is left
  ChannelEnd frozen;

  [[nodiscard]] ChannelEnd range() const {
    if (!exact) return frozen;
    ChannelEnd r{.begin = offset, .end = offset + 1, .count = 1};
    std::vector<Axis> used;
    for (const Axis& a : axes)
      if (a.stride > 0) used.push_back(a);
    std::sort(used.begin(), used.end(), [](const Axis& x, const Axis& y) { return x.stride < y.stride; });
    for (const Axis& a : used) {
      r.whole_range = r.whole_range && a.stride <= r.count;
      r.count *= a.size;
      r.end += a.stride * (a.size - 1);
    }
    r.whole_range = r.whole_range && r.count == r.end - r.begin;
    r.blocks = blocks(used, r);
    return r;
  }

  /// Contiguous runs; none where there would be too many or they overlap.
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> blocks(const std::vector<Axis>& used, const ChannelEnd& r) const {
    if (r.whole_range) return {{r.begin, r.end}};
    std::int64_t run = 1;
    std::size_t inner = 0;
    while (inner < used.size() && used[inner].stride == run) run *= used[inner++].size;
    if (run < 1 || r.count / run > 4096) return {};
    std::vector<std::int64_t> starts{offset};
    for (std::size_t k = inner; k < used.size(); ++k) {
      std::vector<std::int64_t> next;
      for (std::int64_t i = 0; i < used[k].size; ++i)
        for (const auto s : starts) next.push_back(s + i * used[k].stride);
      starts = std::move(next);
    }
    std::sort(starts.begin(), starts.end());
    std::vector<std::pair<std::int64_t, std::int64_t>> runs;
    for (const auto s : starts) {
      if (!runs.empty() && runs.back().second > s) return {};
      runs.emplace_back(s, s + run);
    }
    return runs;
  }
  void freeze() {
    frozen = range();
    exact = false;
  }
};

std::size_t positive_axis(std::int64_t axis, std::size_t rank) {
  const auto at = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  return at >= 0 && at < static_cast<std::int64_t>(rank) ? static_cast<std::size_t>(at) : rank;
}

class Tracker {
 public:
  Tracker(const Flow& flow, const Attentions& attentions, const Residuals& residuals)
      : flow_(flow), attentions_(attentions), residuals_(residuals) {}

  void walk(ValueId value, const Channels& channels, int depth) {
    if (depth > 48 || ends_.size() > 64 || ++visits_ > 600) return;
    for (const Step& step : flow_.forward(value)) follow(step, channels, depth);
  }

  std::vector<ChannelEnd> take() { return std::move(ends_); }

 private:
  const Graph& graph() const { return flow_.graph(); }

  void end(const Channels& channels, std::string stop, const Step& step) {
    ChannelEnd e = channels.range();
    e.stop = std::move(stop);
    e.node = step.node;
    e.value = step.from;
    ends_.push_back(std::move(e));
  }

  void follow(const Step& step, const Channels& channels, int depth) {
    if (step.kind == Kind::output) return end(channels, "output", step);
    if (step.kind == Kind::stop) return;
    if (const char part = attentions_.part(step.from, step.node)) return end(channels, std::string(1, part), step);
    if (residuals_.is_add(step.node)) return end(channels, "residual_add", step);
    switch (step.kind) {
      case Kind::layer:
      case Kind::embedding:
        return end(channels, "layer", step);
      case Kind::norm:
        return pass_norm(step, channels, depth);
      case Kind::activation:
        return end(channels, step.function->name, step);
      case Kind::softmax:
        return end(channels, "softmax", step);
      case Kind::contraction:
        return end(channels, "contraction", step);
      case Kind::attention:
        return end(channels, "attention", step);
      case Kind::selection:
        return end(channels, "selection", step);
      case Kind::product:
        return end(channels, "product", step);
      case Kind::sum:
        return walk(step.to, channels, depth + 1);  // the same channels of another layer
      case Kind::concat: {
        Channels kept = channels;
        if (kept.exact) kept.freeze();
        return walk(step.to, kept, depth + 1);
      }
      default:
        return move(step, channels, depth);
    }
  }

  /// Norms of queries and keys stand between a projection and its attention; others end the walk.
  void pass_norm(const Step& step, const Channels& channels, int depth) {
    const auto before = ends_.size();
    walk(step.to, channels, depth + 1);
    const bool attention = std::any_of(ends_.begin() + static_cast<std::ptrdiff_t>(before), ends_.end(),
                                       [](const ChannelEnd& e) { return e.stop == "q" || e.stop == "k" || e.stop == "v"; });
    if (!attention) {
      ends_.resize(before);
      end(channels, "norm", step);
    }
  }

  void move(const Step& step, Channels channels, int depth) {
    const Node& node = graph().nodes[step.node];
    const auto& shape = graph().values[step.to].shape;
    if (channels.exact) {
      const bool known = apply(node, step, channels);
      if (!known || !shape || channels.axes.size() != shape->size()) channels.freeze();
    }
    walk(step.to, channels, depth + 1);
  }

  std::vector<std::int64_t> argument(const Node& node, const char* attribute, std::size_t slot) const {
    auto list = integers_of(node, attribute);
    if (list.empty() && slot < node.inputs.size() && node.inputs[slot] != absent)
      list = graph().values[node.inputs[slot]].integers.value_or(std::vector<std::int64_t>{});
    return list;
  }

  bool apply(const Node& node, const Step& step, Channels& c) const {
    if (flow_.regions().to(step.to) || is_elementwise(node) || keeps_axes(node) || node.op == "Where") return true;
    if (node.op == "Transpose") return transpose(node, c);
    if (node.op == "Reshape" || node.op == "Flatten" || node.op == "Squeeze" || node.op == "Unsqueeze") return reshape(step, c);
    if (node.op == "Slice") return slice(node, step, c);
    if (node.op == "Split") return split(node, step, c);
    if (node.op == "Gather") return gather(node, c);
    if (node.op == "GatherND") return gather_nd(node, c);
    if (node.op == "SplitToSequence") return split_to_sequence(node, step, c);
    if (node.op == "SequenceAt") return sequence_at(node, c);
    if (node.op == "Expand" || node.op == "Tile") return false;
    return false;
  }

  static bool transpose(const Node& node, Channels& c) {
    const auto perm = integers_of(node, "perm");
    std::vector<Axis> axes(c.axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const std::size_t from = perm.empty() ? axes.size() - 1 - i : i < perm.size() ? positive_axis(perm[i], axes.size()) : axes.size();
      if (from >= axes.size()) return false;
      axes[i] = c.axes[from];
    }
    c.axes = axes;
    return true;
  }

  /// Groups of axes with equal products, matched from the right (batch and sequence may be unknown) or, where channels stand first, from
  /// the left.
  bool reshape(const Step& step, Channels& c) const {
    const auto& to = graph().values[step.to].shape;
    if (!to) return false;
    std::vector<Axis> out(to->size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].size = (*to)[i];
    std::ptrdiff_t a = static_cast<std::ptrdiff_t>(c.axes.size()) - 1, b = static_cast<std::ptrdiff_t>(out.size()) - 1;
    const auto channel_left = [&](std::ptrdiff_t last) {
      return std::any_of(c.axes.begin(), c.axes.begin() + last + 1, [](const Axis& x) { return x.stride > 0; });
    };
    while (a >= 0 && b >= 0 && channel_left(a)) {
      std::ptrdiff_t a0 = a, b0 = b;
      std::int64_t pa = c.axes[static_cast<std::size_t>(a)].size, pb = out[static_cast<std::size_t>(b)].size;
      if (pa == 1 || pb == 1) {  // axes of size one come and go
        if (pa == 1) --a;
        if (pb == 1) --b;
        continue;
      }
      if (pa < 0 && pb < 0) {  // the same unknown axis on both sides
        if (c.axes[static_cast<std::size_t>(a)].stride > 0) return false;
        --a, --b;
        continue;
      }
      while (pa != pb) {
        if (pa < 0 || pb < 0) return false;
        if (pa < pb) {
          if (--a0 < 0 || c.axes[static_cast<std::size_t>(a0)].size < 0) return false;
          pa *= c.axes[static_cast<std::size_t>(a0)].size;
        } else {
          if (--b0 < 0 || out[static_cast<std::size_t>(b0)].size < 0) return false;
          pb *= out[static_cast<std::size_t>(b0)].size;
        }
      }
      if (!regroup(c.axes, a0, a, out, b0, b)) return false;
      a = a0 - 1;
      b = b0 - 1;
    }
    if (a >= 0 && channel_left(a)) return false;
    c.axes = out;
    return true;
  }

  static bool regroup(const std::vector<Axis>& from, std::ptrdiff_t a0, std::ptrdiff_t a1, std::vector<Axis>& to, std::ptrdiff_t b0,
                      std::ptrdiff_t b1) {
    if (a0 == a1) {
      std::int64_t stride = from[static_cast<std::size_t>(a0)].stride;
      for (std::ptrdiff_t b = b1; b >= b0; --b) {
        to[static_cast<std::size_t>(b)].stride = to[static_cast<std::size_t>(b)].size == 1 ? 0 : stride;
        stride *= to[static_cast<std::size_t>(b)].size;
      }
      return true;
    }
    std::int64_t stride = 0, expected = 0;
    bool any = false;
    for (std::ptrdiff_t a = a1; a >= a0; --a) {
      const Axis& axis = from[static_cast<std::size_t>(a)];
      if (axis.size == 1) continue;
      if (any && axis.stride != expected) return false;
      if (!any) stride = axis.stride;
      any = true;
      expected = axis.stride * axis.size;
    }
    if (stride == 0) return expected == 0;
    for (std::ptrdiff_t b = b1; b >= b0; --b) {
      to[static_cast<std::size_t>(b)].stride = to[static_cast<std::size_t>(b)].size == 1 ? 0 : stride;
      stride *= to[static_cast<std::size_t>(b)].size;
    }
    return true;
  }

  bool slice(const Node& node, const Step& step, Channels& c) const {
    const auto starts = argument(node, "starts", 1), ends = argument(node, "ends", 2);
    auto axes = argument(node, "axes", 3);
    const auto steps = argument(node, "steps", 4);
    const auto& to = graph().values[step.to].shape;
    if (!to || to->size() != c.axes.size() || starts.empty()) return false;
    if (axes.empty())
      for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    for (std::size_t i = 0; i < axes.size() && i < starts.size(); ++i) {
      const std::size_t axis = positive_axis(axes[i], c.axes.size());
      if (axis >= c.axes.size()) return false;
      if (c.axes[axis].stride > 0) {
        const auto size = c.axes[axis].size;
        auto start = starts[i] < 0 ? starts[i] + size : starts[i];
        const auto by = i < steps.size() ? steps[i] : 1;
        start = std::clamp<std::int64_t>(start, 0, size - 1);
        if ((*to)[axis] < 0 || by < 1) return false;
        c.offset += start * c.axes[axis].stride;
        c.axes[axis].stride *= by;
      }
      c.axes[axis].size = (*to)[axis];
    }
    return true;
  }

  bool split(const Node& node, const Step& step, Channels& c) const {
    const std::size_t axis = positive_axis(integer_of(node, "axis", 0), c.axes.size());
    if (axis >= c.axes.size()) return false;
    std::int64_t start = 0;
    for (const ValueId out : node.outputs) {
      const auto& shape = out == absent ? std::optional<Shape>{} : graph().values[out].shape;
      if (!shape || shape->size() != c.axes.size() || (*shape)[axis] < 0) return c.axes[axis].stride == 0;
      if (out == step.to) {
        c.offset += start * c.axes[axis].stride;
        c.axes[axis].size = (*shape)[axis];
        return true;
      }
      start += (*shape)[axis];
    }
    return false;
  }

  /// One constant entry of the first axis, which stays with size one.
  bool gather_nd(const Node& node, Channels& c) const {
    const auto& index = graph().values[node.inputs[1]].integers;
    if (integer_of(node, "batch_dims", 0) != 0 || !index || index->size() != 1 || c.axes.empty()) return false;
    if (c.axes[0].stride > 0) c.offset += (index->front() < 0 ? index->front() + c.axes[0].size : index->front()) * c.axes[0].stride;
    c.axes[0] = {1, 0};
    return true;
  }

  bool split_to_sequence(const Node& node, const Step& step, Channels& c) const {
    const std::size_t axis = positive_axis(integer_of(node, "axis", 0), c.axes.size());
    const auto& element = graph().values[step.to].shape;
    if (axis >= c.axes.size() || !element || element->size() != c.axes.size() || (*element)[axis] < 1) return false;
    c.chunk_stride = c.axes[axis].stride * (*element)[axis];
    c.axes[axis].size = (*element)[axis];
    return true;
  }

  bool sequence_at(const Node& node, Channels& c) const {
    if (c.chunk_stride == 0) return true;
    const auto& index = graph().values[node.inputs[1]].integers;
    if (!index || index->size() != 1 || index->front() < 0) return false;
    c.offset += index->front() * c.chunk_stride;
    c.chunk_stride = 0;
    return true;
  }

  bool gather(const Node& node, Channels& c) const {
    const std::size_t axis = positive_axis(integer_of(node, "axis", 0), c.axes.size());
    if (axis >= c.axes.size() || node.inputs.size() < 2) return false;
    const auto& index = graph().values[node.inputs[1]];
    const bool scalar = index.shape && index.shape->empty();
    if (c.axes[axis].stride > 0) {
      if (!index.integers || index.integers->size() != 1) return false;
      const auto at = index.integers->front();
      c.offset += (at < 0 ? at + c.axes[axis].size : at) * c.axes[axis].stride;
    }
    if (scalar)
      c.axes.erase(c.axes.begin() + static_cast<std::ptrdiff_t>(axis));
    else
      c.axes[axis] = {1, 0};
    return index.shape.has_value() && index.shape->size() <= 1;
  }

  const Flow& flow_;
  const Attentions& attentions_;
  const Residuals& residuals_;
  std::vector<ChannelEnd> ends_;
  int visits_ = 0;
};

}  // namespace

std::vector<ChannelEnd> channel_ends(const Flow& flow, const Attentions& attentions, const Residuals& residuals, ValueId output,
                                     std::int64_t axis) {
  const auto& shape = flow.graph().values[output].shape;
  if (!shape) return {};
  const std::size_t at = positive_axis(axis, shape->size());
  if (at >= shape->size() || (*shape)[at] < 1) return {};
  Channels start;
  for (std::size_t i = 0; i < shape->size(); ++i) start.axes.push_back({(*shape)[i], i == at ? 1 : 0});
  Tracker tracker(flow, attentions, residuals);
  tracker.walk(output, start, 0);
  return tracker.take();
}

}  // namespace evenkeel::roles
