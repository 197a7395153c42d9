// SPDX-License-Identifier: Apache-2.0
// Which family speaks for a slot of a node.
#include "graph/roles/use.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) || c == '_'; });
}

/// "mul_51", "unsqueeze_2": a folded intermediate value, named after the operation that made it.
bool is_numbered_result(std::string_view name) {
  const auto last = name.find_last_not_of("0123456789");
  return last != std::string_view::npos && last + 1 < name.size() && name[last] == '_' &&
         name.find_first_of("./") == std::string_view::npos;
}

/// Operators of the standard that read floats which are no parameters: bounds, scales of Resize, windows, indices' values.
bool is_standard(const Node& node) { return node.domain.empty() || node.domain == "ai.onnx" || node.domain == "evenkeel"; }

RoleUse other_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  const bool single = count_of(reading.graph(), use.tensor) <= 1;
  use.role = is_standard(node) || single ? Role::constant : Role::unknown;
  use.evidence.push_back("slot " + std::to_string(use.slot) + " of " + (node.domain.empty() ? "" : node.domain + ".") + node.op + " " +
                         reading.flow.name_of(use.node));
  return use;
}

}  // namespace

std::int64_t count_of(const Graph& graph, TensorId tensor) { return element_count(graph.tensors[tensor].shape); }

int effective_rank(const Shape& shape) {
  return static_cast<int>(std::count_if(shape.begin(), shape.end(), [](auto n) { return n != 1; }));
}

bool is_given_name(const StoredTensor& tensor) {
  const std::string_view name = tensor.name;
  if (name.empty() || name.front() == '/' || name.starts_with("onnx::") || name.starts_with("val_") || name.starts_with("_val_") ||
      all_digits(name))
    return false;
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.find("const") != std::string::npos || is_numbered_result(lower)) return false;
  return name.find_first_of("._/") != std::string_view::npos ||
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalpha(c); });
}

bool is_module_name(const StoredTensor& tensor) {
  const std::string_view name = tensor.name;
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; });
  return plain && tensor.storage == Storage::initializer && is_given_name(tensor);
}

RoleUse use_of(const Reading& reading, TensorId tensor, NodeId id, int slot, ValueId value) {
  const Flow& flow = reading.flow;
  const Node& node = reading.graph().nodes[id];
  RoleUse use{.tensor = tensor, .node = id, .slot = slot, .value = value};
  const Origin& origin = *flow.origins()[value];
  if (origin.quantized || is_quantized_layer(node)) {
    use.role = Role::quantized;
    use.evidence.push_back("integer arithmetic of " + node.op + " " + flow.name_of(id));
    return use;
  }
  const auto& layer = flow.layer(id);
  if (is_recurrent(node)) return recurrent_use(reading, use);
  if (layer && slot == layer->weight_slot && !is_fused_attention(node) && node.op != "MoE") {
    return is_convolution(node) || is_transposed_convolution(node) ? convolution_use(reading, use, *layer)
                                                                   : dense_use(reading, use, *layer);
  }
  if (layer && slot == layer->bias_slot && !is_fused_attention(node) && node.op != "MoE") {
    use.role = Role::bias;
    use.layer = id;
    use.evidence.push_back("bias slot of " + node.op + " " + flow.name_of(id));
    RoleUse weight{.tensor = tensor, .node = id, .value = layer->weight, .letters = axis_letters(reading.graph(), *layer)};
    if (!is_convolution(node) && !is_transposed_convolution(node)) pack_sections(reading, weight, *layer);
    if (weight.role == Role::packed_gates) {
      use.role = Role::packed_gate_bias;
      use.sections = weight.sections;
      use.section_axis = effective_rank(reading.graph().tensors[tensor].shape) > 0
                             ? static_cast<int>(reading.graph().tensors[tensor].shape.size()) - 1
                             : -1;
      use.cell = weight.cell;
    }
    return use;
  }
  if ((layer && value == layer->data) || (!norm_kind(node).empty() && slot == 0)) {
    use.role = Role::query_embedding;
    use.evidence.push_back(node.op + " " + flow.name_of(id) + " reads it as its data");
    return use;
  }
  if (RoleUse fused = fused_use(reading, use); fused.role != Role::unknown) return fused;
  if (!norm_kind(node).empty()) return norm_use(reading, use);
  if (is_gather(node) && slot == 0) return embedding_use(reading, use);
  if (node.op == "PRelu" || node.op == "Concat" || (node.op == "Where" && slot > 0)) return joining_use(reading, use);
  if (is_elementwise(node)) return elementwise_use(reading, use);
  return other_use(reading, use);
}

}  // namespace evenkeel::roles
