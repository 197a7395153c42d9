// SPDX-License-Identifier: Apache-2.0
// Names that mean little alone: what stands beside a tensor, and the settings, tell what it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/graph/names_model.hpp"

namespace evenkeel {
namespace {

using names_test::Known;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(NamesAdapters, HalvesOfALowRankUpdate) {
  const Known model({{"base_model.model.h.0.attn.c_attn.lora_A.default.weight", {4, 32}},
                     {"base_model.model.h.0.attn.c_attn.lora_B.default.weight", {96, 4}},
                     {"base_model.model.h.0.attn.c_attn.lora_magnitude_vector", {96}},
                     {"base_model.model.wte.lora_embedding_A", {4, 100}},
                     {"base_model.model.wte.lora_embedding_B", {32, 4}},
                     {"unet.to_q_lora.down.weight", {4, 32}},
                     {"unet.to_q_lora.up.weight", {32, 4}},
                     {"text.q_proj.lora_down.weight", {4, 32, 1, 1}},
                     {"text.q_proj.lora_up.weight", {32, 4, 1, 1}},
                     {"net.fc.weight", {32, 32}},
                     {"net.fc.lora_A", {4, 32}},
                     {"net.fc.lora_B", {32, 4}}});
  for (const char* const name : {"base_model.model.h.0.attn.c_attn.lora_A.default.weight", "unet.to_q_lora.down.weight",
                                 "text.q_proj.lora_down.weight", "net.fc.lora_A"})
    EXPECT_EQ(model.at(name).adapter, "random") << name;
  for (const char* const name : {"base_model.model.h.0.attn.c_attn.lora_B.default.weight", "unet.to_q_lora.up.weight",
                                 "text.q_proj.lora_up.weight", "net.fc.lora_B", "base_model.model.wte.lora_embedding_A"})
    EXPECT_EQ(model.at(name).adapter, "zero") << name;
  EXPECT_EQ(model.at("base_model.model.wte.lora_embedding_B").adapter, "random_table") << "the looked-up half is the one at 0";
  EXPECT_EQ(model.at("base_model.model.h.0.attn.c_attn.lora_magnitude_vector").adapter, "magnitude");
  EXPECT_EQ(model.at("net.fc.weight").adapter, "");
  EXPECT_FALSE(model.at("net.fc.lora_A").assumed) << "no activation matters to it";
  EXPECT_EQ(model.at("net.fc.lora_A").geometry.layout, "OI");
  EXPECT_EQ(model.at("text.q_proj.lora_down.weight").geometry.layout, "OIHW");
}

TEST(NamesCertainty, IsWithTheRole) {
  const Known model({{"bn.weight", {8}}, {"bn.bias", {8}}, {"bn.running_mean", {8}}, {"bn.running_var", {8}}, {"odd", {2, 3, 4, 5, 6, 7}}});
  EXPECT_EQ(model.at("bn.weight").certainty, "certain");
  EXPECT_EQ(model.role("odd"), Role::unknown);
  EXPECT_EQ(model.at("odd").certainty, "");
}

TEST(NamesPacked, ConvolutionsAndWrappersOfOneTap) {
  const Known model({{"mid.attn.to_qkv.weight", {96, 32, 1, 1}},
                     {"mid.attn.to_out.weight", {32, 32, 1, 1}},
                     {"b.queries_keys_values.linear.weight", {48, 16}},
                     {"b.keys_values.linear.weight", {32, 16}}});
  const Geometry& packed = model.at("mid.attn.to_qkv.weight").geometry;
  EXPECT_EQ(packed.role, Role::packed_qkv);
  EXPECT_EQ(packed.layout, "OIHW");
  EXPECT_EQ(packed.section_axis, 0);
  EXPECT_THAT(packed.sections, ElementsAre(Section{"q", 0, 32}, Section{"k", 32, 64}, Section{"v", 64, 96}));
  EXPECT_EQ(model.role("mid.attn.to_out.weight"), Role::conv);
  EXPECT_EQ(model.role("b.queries_keys_values.linear.weight"), Role::packed_qkv);
  EXPECT_EQ(model.role("b.keys_values.linear.weight"), Role::packed_dense);
}

TEST(NamesPacked, GateAndValuesByTheWidthOfThePartner) {
  const Known model({{"layer.0.mlp.weights_in.weight", {96, 32}},
                     {"layer.0.mlp.weights_in.bias", {96}},
                     {"layer.0.mlp.weights_out.weight", {32, 48}},
                     {"layer.1.mlp.weights_in.weight", {48, 32}},
                     {"layer.1.mlp.weights_out.weight", {32, 48}}});
  EXPECT_EQ(model.role("layer.0.mlp.weights_in.weight"), Role::packed_gate_up);
  EXPECT_EQ(model.role("layer.1.mlp.weights_in.weight"), Role::dense) << "as wide as its partner reads";
}

TEST(NamesExperts, ModulesOfRank3BesideARouter) {
  const Known routed({{"layers.0.moe.router.layer.weight", {4, 32}},
                      {"layers.0.mlp.input_linear.weight", {4, 128, 32}},
                      {"layers.0.mlp.output_linear.weight", {4, 32, 64}},
                      {"layers.0.norm.weight", {32}}},
                     {{"num_local_experts", std::int64_t{4}}, {"hidden_size", std::int64_t{32}}});
  EXPECT_EQ(routed.role("layers.0.mlp.input_linear.weight"), Role::expert_stack);
  EXPECT_EQ(routed.at("layers.0.mlp.input_linear.weight").glu, "gate_up");
  EXPECT_EQ(routed.role("layers.0.mlp.output_linear.weight"), Role::expert_stack);
  const Known plain({{"layers.0.fc1.weight", {64, 32, 3}}, {"layers.0.fc2.weight", {32, 64, 3}}});
  EXPECT_EQ(plain.role("layers.0.fc1.weight"), Role::conv) << "neither settings nor a router speak of experts";
}

TEST(NamesGroups, FromTheWidthThatIsRead) {
  const Known bottleneck({{"stem.weight", {8, 3, 3, 3}},
                          {"b.1.f.a.0.weight", {16, 8, 1, 1}},
                          {"b.1.f.b.0.weight", {16, 4, 3, 3}},
                          {"b.1.f.c.0.weight", {16, 16, 1, 1}}});
  EXPECT_EQ(bottleneck.role("b.1.f.b.0.weight"), Role::grouped_conv);
  EXPECT_EQ(bottleneck.at("b.1.f.b.0.weight").geometry.groups, 4);
  const Known plain({{"stem.weight", {8, 3, 3, 3}},
                     {"b.1.f.a.0.weight", {4, 8, 1, 1}},
                     {"b.1.f.b.0.weight", {16, 4, 3, 3}},
                     {"b.1.f.c.0.weight", {16, 16, 1, 1}}});
  EXPECT_EQ(plain.role("b.1.f.b.0.weight"), Role::conv) << "the layer before it gives what it reads";
  const Known block({{"encoder.layers.0.attention.query.weight", {32, 8, 1}}, {"encoder.layers.0.attention.query.bias", {32}}},
                    {{"hidden_size", std::int64_t{32}}});
  EXPECT_EQ(block.at("encoder.layers.0.attention.query.weight").geometry.groups, 4);
  const Known conformer({{"subsampling.layers.0.weight", {64, 1, 3, 3}},
                         {"subsampling.layers.2.weight", {64, 1, 3, 3}},
                         {"subsampling.layers.3.weight", {64, 64, 1, 1}},
                         {"layers.0.conv.depth_conv.conv.weight", {64, 1, 15}}});
  EXPECT_EQ(conformer.role("subsampling.layers.0.weight"), Role::conv) << "sound has one channel";
  EXPECT_EQ(conformer.role("subsampling.layers.2.weight"), Role::depthwise_conv);
  EXPECT_EQ(conformer.role("layers.0.conv.depth_conv.conv.weight"), Role::depthwise_conv);
  const Known heads({{"layer.0.attention.self.conv.weight", {4, 1, 5, 1}}});
  EXPECT_EQ(heads.role("layer.0.attention.self.conv.weight"), Role::depthwise_conv);
}

TEST(NamesRecurrent, InputAndStateInOneMatrix) {
  const Known lstm({{"lstm/linear/w", {24, 64}}, {"lstm/linear/b", {64}}, {"linear/w", {16, 3}}});
  EXPECT_EQ(lstm.role("lstm/linear/w"), Role::packed_gates);
  EXPECT_EQ(lstm.at("lstm/linear/w").geometry.sections.size(), 4U);
  EXPECT_EQ(lstm.role("lstm/linear/b"), Role::packed_gate_bias);
  EXPECT_TRUE(lstm.at("lstm/linear/b").geometry.sections.empty()) << "its code adds the 1 of the forget gate";
  EXPECT_EQ(lstm.role("linear/w"), Role::dense);
  const Known gru({{"gru/w_i", {8, 48}}, {"gru/w_h", {16, 48}}, {"gru/b", {48}}});
  EXPECT_EQ(gru.role("gru/w_i"), Role::packed_gates);
  EXPECT_TRUE(gru.at("gru/w_h").recurrent);
}

TEST(NamesTables, QueriesTokensAndBiasesOfARow) {
  const Known model({{"head.probe", {1, 1, 32}},
                     {"embeddings.detection_tokens", {1, 6, 32}},
                     {"item_bias.weight", {70, 1}},
                     {"image_newline", {32}},
                     {"cross_attn_gate", {1}},
                     {"projector.query", {1, 3, 32}},
                     {"query_feat.weight", {300, 32}},
                     {"self_attn.bias_u", {4, 8}},
                     {"self_attn.bias_v", {4, 8}},
                     {"item_factors.weight", {70, 16}},
                     {"norm.alpha", {1, 1, 32}},
                     {"norm.beta", {1, 1, 32}}});
  EXPECT_EQ(model.role("head.probe"), Role::query_embedding);
  EXPECT_EQ(model.role("embeddings.detection_tokens"), Role::token);
  EXPECT_EQ(model.role("item_bias.weight"), Role::embedding);
  EXPECT_EQ(model.role("item_factors.weight"), Role::embedding);
  EXPECT_EQ(model.role("image_newline"), Role::token);
  EXPECT_EQ(model.role("cross_attn_gate"), Role::residual_scale);
  EXPECT_EQ(model.role("projector.query"), Role::query_embedding);
  EXPECT_EQ(model.role("query_feat.weight"), Role::query_embedding);
  EXPECT_EQ(model.role("self_attn.bias_u"), Role::bias);
  EXPECT_EQ(model.role("self_attn.bias_v"), Role::bias);
  EXPECT_EQ(model.role("norm.alpha"), Role::norm_scale);
  EXPECT_EQ(model.role("norm.beta"), Role::norm_shift);
}

TEST(NamesTables, TheOnlyMatrixWithTheRowsOfTheVocabulary) {
  const std::vector<names_test::Named> tensors = {{"w.weight", {100, 32}}, {"h.0.fc.weight", {64, 32}}, {"h.0.fc.bias", {64}}};
  const Known told(tensors, {{"vocab_size", std::int64_t{100}}});
  EXPECT_EQ(told.role("w.weight"), Role::embedding);
  EXPECT_EQ(Known(tensors).role("w.weight"), Role::dense) << "nothing says that it has a row for each token";
}

TEST(NamesGroups, OneChannelPerGroupAmongColours) {
  const Known colour(
      {{"blocks.0.blocks.0.token_conv.weight", {96, 1, 3, 3}}, {"stem.a.weight", {48, 3, 3, 3}}, {"tail.b.weight", {96, 48, 1, 1}}});
  EXPECT_EQ(colour.role("blocks.0.blocks.0.token_conv.weight"), Role::depthwise_conv);
  const Known grey({{"features.conv.weight", {96, 1, 3, 3}}, {"features.next.weight", {48, 96, 3, 3}}});
  EXPECT_EQ(grey.role("features.conv.weight"), Role::conv);
}

TEST(NamesTransposed, APatchIsWrittenOnce) {
  const Known model({{"embed.weight", {16, 3, 8, 8}},
                     {"decoder.transposed_convolution.weight", {16, 1, 8, 8}},
                     {"decoder.transposed_convolution.bias", {1}}},
                    {{"patch_size", std::int64_t{8}}});
  EXPECT_THAT(model.at("decoder.transposed_convolution.weight").geometry.stride, ElementsAre(8, 8));
  EXPECT_THAT(model.evidence("decoder.transposed_convolution.weight"), HasSubstr("*assumed*"));
}

}  // namespace
}  // namespace evenkeel
