// SPDX-License-Identifier: Apache-2.0
// Tables that are read by row: embeddings, learned positions, biases of experts.
#include <algorithm>

#include "graph/roles/ops.hpp"
#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

/// A row per expert that is added to that expert's output.
bool is_expert_bias(const Reading& reading, const Node& node) {
  ValueId at = node.outputs[0];
  for (int steps = 0; steps < 6; ++steps) {
    const auto next = reading.flow.forward(at);
    if (next.size() != 1) return false;
    if (next[0].kind == Kind::sum) {
      for (const ValueId v : reading.flow.operands(next[0].node)) {
        const Step made = reading.flow.backward(reading.flow.behind(v));
        if (made.kind == Kind::layer && reading.flow.origins()[reading.flow.layer(made.node)->weight]->selected) return true;
      }
      return false;
    }
    if (next[0].kind != Kind::transparent) return false;
    at = next[0].to;
  }
  return false;
}

bool contains_any(std::string text, std::initializer_list<const char*> words) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text.find(word) != std::string::npos; });
}

}  // namespace

RoleUse embedding_use(const Reading& reading, RoleUse use) {
  const Graph& graph = reading.graph();
  const Node& node = graph.nodes[use.node];
  const auto& shape = graph.values[use.value].shape;
  if (!shape || shape->empty()) {
    use.role = Role::constant;
    return use;
  }
  const std::string name = node.op + " " + reading.flow.name_of(use.node);
  if (shape->size() == 2 && is_expert_bias(reading, node)) {
    use.role = Role::bias;
    use.evidence.push_back(name + " picks one expert's row of it");
    return use;
  }
  if (shape->size() != 2 || integer_of(node, "axis", 0) != 0) {
    // a table of vectors or matrices that is no weight of a layer: numbers looked up, such as a filter bank
    use.role = is_given_name(graph.tensors[use.tensor]) ? Role::unknown : Role::constant;
    use.evidence.push_back(name + " looks up single entries of it");
    return use;
  }
  use.letters = "VE";
  use.role = Role::embedding;
  use.evidence.push_back(name + " reads its rows by index");
  const std::string& tensor = graph.tensors[use.tensor].name;
  const std::string& index = node.inputs.size() > 1 && node.inputs[1] != absent ? graph.values[node.inputs[1]].name : tensor;
  if (contains_any(tensor, {"position", "wpe", "pos_emb"}) || contains_any(index, {"position_id"})) {
    use.role = Role::position_embedding;
    use.evidence.push_back("named after positions");
  }
  return use;
}

}  // namespace evenkeel::roles
