// SPDX-License-Identifier: Apache-2.0
// Transformers without a graph: roles, packed rows, residual branches, activations and how certain they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "unit/graph/names_model.hpp"

namespace evenkeel {
namespace {

using names_test::Known;
using names_test::Named;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Named> gpt2_block(const std::string& h) {
  return {{h + ".ln_1.weight", {8}},
          {h + ".ln_1.bias", {8}},
          {h + ".attn.c_attn.weight", {8, 24}},
          {h + ".attn.c_attn.bias", {24}},
          {h + ".attn.c_proj.weight", {8, 8}},
          {h + ".attn.c_proj.bias", {8}},
          {h + ".ln_2.weight", {8}},
          {h + ".ln_2.bias", {8}},
          {h + ".mlp.c_fc.weight", {8, 32}},
          {h + ".mlp.c_fc.bias", {32}},
          {h + ".mlp.c_proj.weight", {32, 8}},
          {h + ".mlp.c_proj.bias", {8}},
          {h + ".attn.bias", {1, 1, 16, 16}}};
}

std::vector<Named> gpt2() {
  std::vector<Named> tensors = {{"wte.weight", {50, 8}}, {"wpe.weight", {16, 8}}, {"ln_f.weight", {8}}, {"ln_f.bias", {8}}};
  for (const char* const h : {"h.0", "h.1"})
    for (const Named& t : gpt2_block(h)) tensors.push_back(t);
  return tensors;
}

TEST(Names, GPT2StoresInputFirstEvenWhereSquare) {
  const Known model(gpt2(), {{"model_type", std::string("gpt2")}, {"activation_function", std::string("gelu_new")}});
  EXPECT_EQ(model.role("wte.weight"), Role::embedding);
  EXPECT_EQ(model.role("wpe.weight"), Role::position_embedding);
  EXPECT_EQ(model.role("h.0.attn.bias"), Role::constant) << "the causal mask";
  const Geometry& packed = model.at("h.0.attn.c_attn.weight").geometry;
  EXPECT_EQ(packed.role, Role::packed_qkv);
  EXPECT_EQ(packed.layout, "IO");
  EXPECT_EQ(packed.section_axis, 1);
  EXPECT_THAT(packed.sections, ElementsAre(Section{"q", 0, 8}, Section{"k", 8, 16}, Section{"v", 16, 24}));
  EXPECT_EQ(model.at("h.0.attn.c_proj.weight").geometry.layout, "IO") << "square, but layers of this name tell by their bias";
}

TEST(Names, BranchesAndActivationsOfAPreNormStack) {
  const Known model(gpt2(), {{"model_type", std::string("gpt2")}, {"activation_function", std::string("gelu_new")}});
  const Parameter& out = model.at("h.1.mlp.c_proj.weight");
  ASSERT_TRUE(out.branch);
  EXPECT_EQ(out.branch->index, 3);
  EXPECT_EQ(out.branch->count, 4);
  EXPECT_EQ(out.branch->position, BranchPosition::last);
  EXPECT_EQ(out.branch->norm, BranchNorm::pre);
  EXPECT_EQ(out.fed_by.name, "gelu_tanh");
  EXPECT_FALSE(out.assumed);
  EXPECT_THAT(model.evidence("h.1.mlp.c_proj.weight"), HasSubstr("config.json: activation_function is gelu_new"));
  EXPECT_EQ(model.at("h.0.ln_1.weight").branch->position, BranchPosition::pre_norm);
  EXPECT_TRUE(model.analysis().traits.has_attention);
}

TEST(Names, GroupedQueriesAndGatedBlocks) {
  const Known model({{"model.embed_tokens.weight", {50, 16}},
                     {"model.layers.0.self_attn.qkv_proj.weight", {32, 16}},
                     {"model.layers.0.self_attn.o_proj.weight", {16, 16}},
                     {"model.layers.0.mlp.gate_up_proj.weight", {48, 16}},
                     {"model.layers.0.mlp.down_proj.weight", {16, 24}},
                     {"model.layers.0.input_layernorm.weight", {16}},
                     {"model.norm.weight", {16}},
                     {"lm_head.weight", {50, 16}}},
                    {{"model_type", std::string("phi3")},
                     {"num_attention_heads", std::int64_t{4}},
                     {"num_key_value_heads", std::int64_t{2}},
                     {"hidden_size", std::int64_t{16}}});
  EXPECT_THAT(model.at("model.layers.0.self_attn.qkv_proj.weight").geometry.sections,
              ElementsAre(Section{"q", 0, 16}, Section{"k", 16, 24}, Section{"v", 24, 32}));
  EXPECT_EQ(model.role("model.layers.0.mlp.gate_up_proj.weight"), Role::packed_gate_up);
  EXPECT_EQ(model.at("model.norm.weight").norm, "rms_norm");
  EXPECT_TRUE(model.at("lm_head.weight").last_layer);
}

TEST(Names, HeadsThatAreInterleaved) {
  const std::map<std::string, Setting> settings = {
      {"model_type", std::string("bloom")}, {"n_head", std::int64_t{2}}, {"hidden_size", std::int64_t{8}}};
  const Known model({{"h.0.self_attention.query_key_value.weight", {24, 8}},
                     {"h.0.self_attention.query_key_value.bias", {24}},
                     {"h.0.self_attention.dense.weight", {8, 8}}},
                    settings);
  const Geometry& packed = model.at("h.0.self_attention.query_key_value.weight").geometry;
  ASSERT_EQ(packed.sections.size(), 6U);
  EXPECT_EQ(packed.sections[3], (Section{"q", 12, 16}));
}

TEST(Names, BertIsPostNormAndItsHeadIsTied) {
  std::vector<Named> tensors = {{"bert.embeddings.word_embeddings.weight", {50, 8}},
                                {"cls.predictions.bias", {50}},
                                {"cls.predictions.transform.dense.weight", {8, 8}}};
  const std::string layer = "bert.encoder.layer.0.";
  for (const char* const part : {"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"})
    tensors.push_back({layer + part + ".weight", {8, 8}});
  tensors.push_back({layer + "attention.output.LayerNorm.weight", {8}});
  tensors.push_back({layer + "attention.output.LayerNorm.bias", {8}});
  tensors.push_back({layer + "intermediate.dense.weight", {32, 8}});
  tensors.push_back({layer + "output.dense.weight", {8, 32}});
  const Known model(tensors, {{"model_type", std::string("bert")},
                              {"hidden_act", std::string("gelu")},
                              {"vocab_size", std::int64_t{50}},
                              {"architectures", std::vector<std::string>{"BertForMaskedLM"}}});
  EXPECT_EQ(model.at(layer + "output.dense.weight").branch->norm, BranchNorm::post);
  EXPECT_EQ(model.at(layer + "attention.output.dense.weight").attention, "out");
  EXPECT_EQ(model.at(layer + "output.dense.weight").fed_by.name, "gelu");
  EXPECT_EQ(model.role("cls.predictions.bias"), Role::bias);
  EXPECT_THAT(model.at("bert.embeddings.word_embeddings.weight").uses, testing::Contains("output head"));
  EXPECT_FALSE(model.at("cls.predictions.transform.dense.weight").last_layer);
  EXPECT_THAT(model.evidence(layer + "output.dense.weight"), HasSubstr("config.json says bert"));
}

TEST(Names, ExpertsAndTheirRouter) {
  const std::vector<Named> tensors = {{"model.layers.0.mlp.gate.weight", {4, 16}},
                                      {"model.layers.0.mlp.experts.gate_up_proj", {4, 48, 16}},
                                      {"model.layers.0.mlp.experts.down_proj", {4, 16, 24}},
                                      {"model.layers.0.self_attn.q_proj.weight", {16, 16}}};
  const Known model(tensors, {{"hidden_size", std::int64_t{16}}});
  EXPECT_EQ(model.role("model.layers.0.mlp.gate.weight"), Role::router);
  const Geometry& in = model.at("model.layers.0.mlp.experts.gate_up_proj").geometry;
  EXPECT_EQ(in.role, Role::expert_stack);
  EXPECT_EQ(in.layout, "EOI");
  EXPECT_THAT(in.sections, ElementsAre(Section{"gate", 0, 24}, Section{"up", 24, 48}));
  EXPECT_EQ(model.at("model.layers.0.mlp.experts.down_proj").geometry.layout, "EOI");
  const Known turned({{"experts.gate_up_proj", {4, 16, 48}}, {"experts.down_proj", {4, 24, 16}}, {"router.weight", {4, 16}}},
                     {{"hidden_size", std::int64_t{16}}});
  EXPECT_EQ(turned.at("experts.gate_up_proj").geometry.layout, "EIO") << "the stream's width tells which axis is the input";
  EXPECT_EQ(turned.at("experts.down_proj").geometry.layout, "EIO");
}

TEST(Names, WhatIsAssumedIsSaid) {
  const std::vector<Named> tensors = {{"0.weight", {8, 4}}, {"0.bias", {8}},      {"2.weight", {8, 8}},
                                      {"2.bias", {8}},      {"4.weight", {2, 8}}, {"4.bias", {2}}};
  const Known guessed(tensors);
  EXPECT_EQ(guessed.at("2.weight").fed_by.name, "relu");
  EXPECT_TRUE(guessed.at("2.weight").assumed);
  EXPECT_THAT(guessed.evidence("2.weight"), HasSubstr("*assumed*"));
  EXPECT_TRUE(guessed.at("0.weight").first_layer);
  EXPECT_TRUE(guessed.at("4.weight").last_layer);
  const Known told(tensors, {}, "tanh");
  EXPECT_EQ(told.at("2.weight").fed_by.name, "tanh");
  EXPECT_FALSE(told.at("2.weight").assumed);
  EXPECT_THAT(told.evidence("2.weight"), HasSubstr("--activation tanh"));
  const Known settled(tensors, {{"hidden_act", std::string("silu")}}, "tanh");
  EXPECT_EQ(settled.at("2.weight").fed_by.name, "silu") << "what the settings say stands above the option";
}

TEST(Names, UnknownThingsStayUnknown) {
  EXPECT_THROW((void)Known({{"0.weight", {4, 4}}}, {}, "rleu"), Error);
  const Known model({{"fc.weight", {4, 4}}, {"mystery", {7}}, {"steps", {3}, DType::i64}});
  EXPECT_EQ(model.role("mystery"), Role::unknown);
  EXPECT_THROW((void)model.at("steps"), std::out_of_range) << "integers are no parameters";
}

TEST(Names, TiedCopiesShareOneStream) {
  const Graph graph = names_test::graph_of({{"wte.weight", {3, 2}}, {"lm_head.weight", {3, 2}}});
  names_test::Tensors weights;
  for (int i = 0; i < 24; ++i) weights.content[0].push_back(static_cast<std::byte>(i));
  weights.content[1] = weights.content[0];
  const Analysis analysis = analyse(graph, weights);
  EXPECT_EQ(analysis.parameters[1].owner, 0);
  EXPECT_THAT(analysis.parameters[0].copies, ElementsAre(1));
}

}  // namespace
}  // namespace evenkeel
