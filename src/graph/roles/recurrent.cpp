// SPDX-License-Identifier: Apache-2.0
// The LSTM, GRU and RNN operators: gates packed along axis 1, directions along axis 0, two biases in one tensor.
#include <algorithm>
#include <array>
#include <vector>

#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

/// Order of the ONNX operators (LSTM: i o f c; GRU: z r h).
std::vector<std::string> gates_of(const std::string& op) {
  if (op == "LSTM") return {"i", "o", "f", "c"};
  if (op == "GRU") return {"z", "r", "h"};
  return {"h"};
}

void add_sections(RoleUse& use, const std::vector<std::string>& gates, std::int64_t width, int copies) {
  std::int64_t at = 0;
  for (int copy = 0; copy < copies; ++copy)
    for (const auto& gate : gates) {
      use.sections.push_back({gate, at, at + width});
      at += width;
    }
  use.section_axis = 1;
}

/// Rows [begin, end) of a stored tensor that stand from `at` on along the gate axis of a value.
struct Run {
  TensorId tensor = absent;
  std::int64_t begin = 0, end = 0, at = 0;
};

/// Follows rows back through the Slice, Split and Concat with which an exporter reorders gates.
class Rows {
 public:
  explicit Rows(const Graph& graph) : graph_(graph) {}

  /// `axis`: the gate axis of the value. Empty where rows cannot be followed.
  std::vector<Run> of(ValueId v, std::int64_t axis, int depth = 0) const {
    const Value& value = graph_.values[v];
    if (value.tensor != absent) {
      const Shape& shape = graph_.tensors[value.tensor].shape;
      const auto rows = axis < static_cast<std::int64_t>(shape.size()) ? shape[static_cast<std::size_t>(axis)] : 0;
      return {{value.tensor, 0, rows, 0}};
    }
    if (value.producer == absent || depth > 32) return {};
    const Node& node = graph_.nodes[value.producer];
    if (node.op == "Concat") return joined(node, axis, depth);
    if (node.op == "Slice" || node.op == "Split") return cut(node, v, axis, depth);
    if (node.op == "Unsqueeze" || node.op == "Reshape" || node.op == "Squeeze")
      return of(node.inputs[0], axis + rank(node.inputs[0]) - rank(v), depth + 1);
    return is_view(node) && keeps_axes(node) ? of(node.inputs[0], axis, depth + 1) : std::vector<Run>{};
  }

 private:
  std::int64_t rank(ValueId v) const {
    const auto& shape = graph_.values[v].shape;
    return shape ? static_cast<std::int64_t>(shape->size()) : 0;
  }
  std::int64_t size(ValueId v, std::int64_t axis) const {
    const auto& shape = graph_.values[v].shape;
    return shape && axis >= 0 && axis < static_cast<std::int64_t>(shape->size()) ? (*shape)[static_cast<std::size_t>(axis)] : -1;
  }

  std::vector<Run> joined(const Node& node, std::int64_t axis, int depth) const {
    auto along = integer_of(node, "axis", 0);
    if (along < 0) along += rank(node.outputs[0]);
    std::vector<Run> runs;
    std::int64_t offset = 0;
    for (const ValueId in : node.inputs) {
      for (Run run : of(in, axis, depth + 1)) {
        run.at += offset;
        runs.push_back(run);
      }
      if (along == axis) offset += size(in, axis);
    }
    return runs;
  }

  std::vector<Run> cut(const Node& node, ValueId v, std::int64_t axis, int depth) const {
    std::int64_t start = 0;
    const auto length = size(v, axis);
    if (node.op == "Split") {
      for (const ValueId out : node.outputs) {
        if (out == v) break;
        start += out == absent ? 0 : size(out, axis);
      }
      if (integer_of(node, "axis", 0) != axis) start = 0;
    } else if (length != size(node.inputs[0], axis)) {
      auto starts = integers_of(node, "starts");
      if (starts.empty() && node.inputs.size() > 1) starts = graph_.values[node.inputs[1]].integers.value_or(std::vector<std::int64_t>{});
      if (starts.size() != 1) return {};
      start = starts[0] < 0 ? starts[0] + size(node.inputs[0], axis) : starts[0];
    }
    std::vector<Run> runs;
    for (Run run : of(node.inputs[0], axis, depth + 1)) {
      const auto from = std::max(run.at, start), to = std::min(run.at + run.end - run.begin, start + length);
      if (from < to) runs.push_back({run.tensor, run.begin + from - run.at, run.begin + to - run.at, from - start});
    }
    return runs;
  }

  const Graph& graph_;
};

}  // namespace

void restore_gates(const Reading& reading, const RoleUse& use, Parameter& parameter) {
  const auto& rank = reading.graph().values[use.value].shape;
  if (!rank) return;
  std::vector<Section> sections;
  const auto half = use.sections.back().end / 2;
  bool second = use.role == Role::packed_gate_bias;
  for (const Run& run : Rows(reading.graph()).of(use.value, 1)) {
    if (run.tensor != parameter.tensor) continue;
    second = second && run.at >= half;
    for (const Section& s : use.sections) {
      const auto from = std::max(s.begin, run.at), to = std::min(s.end, run.at + run.end - run.begin);
      if (from < to) sections.push_back({s.name, run.begin + from - run.at, run.begin + to - run.at});
    }
  }
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) { return a.begin < b.begin; });
  std::int64_t at = 0;
  for (const Section& s : sections) at = s.begin == at ? s.end : -1;
  const Shape& shape = parameter.geometry.shape;
  const std::size_t axis = shape.size() == rank->size() && shape.size() > 1 ? 1 : 0;
  if (sections.empty() || axis >= shape.size() || at != shape[axis]) {
    parameter.geometry.sections.clear();
    parameter.geometry.section_axis = -1;
    parameter.evidence.push_back("its gates are reordered in a way that cannot be followed");
    return;
  }
  parameter.geometry.sections = sections;
  parameter.geometry.section_axis = static_cast<int>(axis);
  parameter.recurrent = parameter.recurrent || second;  // the second of two biases
}

RoleUse recurrent_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  const auto gates = gates_of(node.op);
  const auto hidden = integer_of(node, "hidden_size", 0);
  static const std::array<const char*, 3> cells{"lstm", "gru", "rnn"};
  use.cell = cells[node.op == "LSTM" ? 0 : node.op == "GRU" ? 1 : 2];
  const std::string name = node.op + " " + reading.flow.name_of(use.node);
  const auto& shape = reading.graph().values[use.value].shape;
  const auto count = static_cast<std::int64_t>(gates.size());
  // A file may state any hidden size; rows that are there count.
  const std::int64_t parts = use.slot == 3 ? 2 * count : use.slot == 7 ? 3 : count;
  const bool rows_known = shape && shape->size() > 1 && (*shape)[1] >= 0;
  constexpr std::int64_t widest = std::int64_t{1} << 24;
  const std::int64_t width = rows_known ? (*shape)[1] / parts : hidden > 0 && hidden <= widest ? hidden : 0;
  if (use.slot == 1 || use.slot == 2) {
    use.role = gates.size() > 1 ? Role::packed_gates : Role::dense;
    use.letters = "GOI";
    use.recurrent = use.slot == 2;
    if (gates.size() > 1) add_sections(use, gates, width, 1);
    use.evidence.push_back(name + (use.recurrent ? " multiplies its own last output with it" : " multiplies its input with it"));
  } else if (use.slot == 3) {
    use.role = gates.size() > 1 ? Role::packed_gate_bias : Role::bias;
    use.letters = "GO";
    if (gates.size() > 1) add_sections(use, gates, width, 2);
    use.evidence.push_back("bias of " + name);
  } else if (use.slot == 7) {
    use.role = Role::packed_gate_bias;
    use.letters = "GO";
    add_sections(use, {"i", "o", "f"}, width, 1);
    use.evidence.push_back("peepholes of " + name);
  } else {
    use.role = use.slot > 4 && is_module_name(reading.graph().tensors[use.tensor]) ? Role::token : Role::constant;
    use.evidence.push_back("initial state or length of " + name);
  }
  return use;
}

}  // namespace evenkeel::roles
