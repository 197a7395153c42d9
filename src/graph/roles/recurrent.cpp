// SPDX-License-Identifier: Apache-2.0
// The LSTM, GRU and RNN operators: gates packed along axis 1, directions along axis 0, two biases in one tensor.
#include <array>

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

}  // namespace

RoleUse recurrent_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  const auto gates = gates_of(node.op);
  const auto hidden = integer_of(node, "hidden_size", 0);
  static const std::array<const char*, 3> cells{"lstm", "gru", "rnn"};
  use.cell = cells[node.op == "LSTM" ? 0 : node.op == "GRU" ? 1 : 2];
  const std::string name = node.op + " " + reading.flow.name_of(use.node);
  const auto& shape = reading.graph().values[use.value].shape;
  const auto count = static_cast<std::int64_t>(gates.size());
  const std::int64_t width = hidden > 0 ? hidden : shape && shape->size() > 1 ? (*shape)[1] / count : 0;
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
