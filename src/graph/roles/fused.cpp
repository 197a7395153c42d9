// SPDX-License-Identifier: Apache-2.0
// Fused operators of onnxruntime (com.microsoft): slots as its operator documentation lists them.
#include <map>
#include <string>
#include <utility>

#include "graph/roles/use.hpp"

namespace evenkeel::roles {
namespace {

const std::map<std::pair<std::string, int>, Role>& slots() {
  static const std::map<std::pair<std::string, int>, Role> table{{{"EmbedLayerNormalization", 2}, Role::embedding},
                                                                 {{"EmbedLayerNormalization", 3}, Role::position_embedding},
                                                                 {{"EmbedLayerNormalization", 4}, Role::embedding},
                                                                 {{"EmbedLayerNormalization", 5}, Role::norm_scale},
                                                                 {{"EmbedLayerNormalization", 6}, Role::norm_shift},
                                                                 {{"Attention", 1}, Role::packed_qkv},
                                                                 {{"Attention", 2}, Role::bias},
                                                                 {{"Attention", 5}, Role::position_bias},
                                                                 {{"PackedAttention", 1}, Role::packed_qkv},
                                                                 {{"PackedAttention", 2}, Role::bias},
                                                                 {{"DecoderMaskedSelfAttention", 1}, Role::packed_qkv},
                                                                 {{"DecoderMaskedSelfAttention", 2}, Role::bias},
                                                                 {{"MultiHeadAttention", 3}, Role::bias},
                                                                 {{"MultiHeadAttention", 5}, Role::position_bias},
                                                                 {{"PackedMultiHeadAttention", 3}, Role::bias},
                                                                 {{"BiasGelu", 1}, Role::bias},
                                                                 {{"FastGelu", 1}, Role::bias},
                                                                 {{"BiasAdd", 1}, Role::bias},
                                                                 {{"BiasSplitGelu", 1}, Role::bias},
                                                                 {{"BiasDropout", 1}, Role::bias},
                                                                 {{"BiasSoftmax", 1}, Role::position_bias},
                                                                 {{"RelativePositionBias", 0}, Role::position_bias},
                                                                 {{"GatedRelativePositionBias", 1}, Role::bias},
                                                                 {{"GatedRelativePositionBias", 2}, Role::position_bias},
                                                                 {{"GatedRelativePositionBias", 3}, Role::dense},
                                                                 {{"GatedRelativePositionBias", 4}, Role::bias},
                                                                 {{"GatedRelativePositionBias", 5}, Role::scale},
                                                                 {{"MoE", 2}, Role::expert_stack},
                                                                 {{"MoE", 3}, Role::bias},
                                                                 {{"MoE", 4}, Role::expert_stack},
                                                                 {{"MoE", 5}, Role::bias},
                                                                 {{"MoE", 6}, Role::expert_stack},
                                                                 {{"MoE", 7}, Role::bias}};
  return table;
}

void attention_sections(const Node& node, const Graph& graph, RoleUse& use) {
  const auto& shape = graph.values[use.value].shape;
  if (!shape || shape->size() != 2) return;
  auto sizes = integers_of(node, "qkv_hidden_sizes");
  if (sizes.size() != 3) sizes.assign(3, (*shape)[1] / 3);
  std::int64_t at = 0;
  const char* names[] = {"q", "k", "v"};
  for (std::size_t i = 0; i < 3; ++i) {
    use.sections.push_back({names[i], at, at + sizes[i]});
    at += sizes[i];
  }
  use.letters = "IO";
  use.section_axis = 1;
  use.attention = "qkv";
}

}  // namespace

RoleUse fused_use(const Reading& reading, RoleUse use) {
  const Node& node = reading.graph().nodes[use.node];
  const bool standard = node.op == "Attention" && node.domain.empty();
  const auto found = slots().find({node.op, use.slot});
  if (found == slots().end() || standard) return use;
  use.role = found->second;
  if (use.role == Role::packed_qkv) attention_sections(node, reading.graph(), use);
  if (use.role == Role::embedding || use.role == Role::position_embedding) use.letters = "VE";
  if (use.role == Role::expert_stack) use.letters = "EIO";
  if (use.role == Role::dense) use.letters = "IO";
  if (use.role == Role::norm_scale || use.role == Role::norm_shift) use.norm = "layer_norm";
  use.evidence.push_back("slot " + std::to_string(use.slot) + " of " + node.op + " " + reading.flow.name_of(use.node));
  return use;
}

}  // namespace evenkeel::roles
