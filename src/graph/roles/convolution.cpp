// SPDX-License-Identifier: Apache-2.0
// Convolutions and transposed convolutions: plain, grouped, depthwise.
#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {

RoleUse convolution_use(const Reading& reading, RoleUse use, const Layer& layer) {
  const Graph& graph = reading.graph();
  const Node& node = graph.nodes[layer.node];
  use.letters = axis_letters(graph, layer);
  use.groups = integer_of(node, "group", 1);
  use.stride = integers_of(node, "strides");
  use.dilation = integers_of(node, "dilations");
  const auto& shape = graph.values[use.value].shape;
  const bool transposed = is_transposed_convolution(node);
  const bool grouped = use.groups > 1;
  const bool depthwise = grouped && shape && shape->size() >= 2 && (transposed ? (*shape)[0] == use.groups : (*shape)[1] == 1);
  if (transposed)
    use.role = depthwise ? Role::depthwise_transposed_conv : grouped ? Role::grouped_transposed_conv : Role::transposed_conv;
  else
    use.role = depthwise ? Role::depthwise_conv : grouped ? Role::grouped_conv : Role::conv;
  use.evidence.push_back(node.op + " " + reading.flow.name_of(layer.node) +
                         (grouped ? " in " + std::to_string(use.groups) + " groups" : ""));
  if (!grouped && !transposed) {
    RoleUse packed = use;
    pack_sections(reading, packed, layer);
    use.attention = packed.attention;
    if (packed.role == Role::packed_qkv || packed.role == Role::packed_gates || packed.role == Role::packed_gate_up) {
      use.sections = packed.sections;  // fans per section; it stays a convolution
      use.section_axis = packed.section_axis;
      use.glu = packed.glu;
    }
  }
  return use;
}

}  // namespace evenkeel::roles
