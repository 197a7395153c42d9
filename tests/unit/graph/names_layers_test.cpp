// SPDX-License-Identifier: Apache-2.0
// Convolutions, norms, recurrent layers and other frameworks' names without a graph.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/graph/names_model.hpp"

namespace evenkeel {
namespace {

using names_test::Known;
using names_test::Named;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(NamesConvolution, ResNetBlocks) {
  std::vector<Named> tensors = {{"conv1.weight", {8, 3, 7, 7}}, {"fc.weight", {10, 16}}, {"fc.bias", {10}}};
  const auto norm = [&](const std::string& name, std::int64_t n) {
    for (const char* const part : {".weight", ".bias", ".running_mean", ".running_var"}) tensors.push_back({name + part, {n}});
    tensors.push_back({name + ".num_batches_tracked", {}, DType::i64});
  };
  norm("bn1", 8);
  tensors.push_back({"layer1.0.conv1.weight", {16, 8, 3, 3}});
  tensors.push_back({"layer1.0.conv2.weight", {16, 16, 3, 3}});
  tensors.push_back({"layer1.0.downsample.0.weight", {16, 8, 1, 1}});
  norm("layer1.0.bn1", 16);
  norm("layer1.0.bn2", 16);
  norm("layer1.0.downsample.1", 16);
  const Known model(tensors);
  EXPECT_EQ(model.role("conv1.weight"), Role::conv);
  EXPECT_EQ(model.at("conv1.weight").norm_after, "batch_norm");
  EXPECT_EQ(model.role("bn1.running_var"), Role::running_var);
  const Parameter& last = model.at("layer1.0.conv2.weight");
  EXPECT_EQ(last.branch->position, BranchPosition::last);
  EXPECT_EQ(last.branch->norm, BranchNorm::end);
  EXPECT_EQ(last.branch->kind, "projection");
  EXPECT_EQ(model.at("layer1.0.bn2.weight").branch->position, BranchPosition::last_norm);
  EXPECT_EQ(model.at("layer1.0.downsample.0.weight").branch->position, BranchPosition::shortcut);
  EXPECT_TRUE(model.at("fc.weight").last_layer);
}

TEST(NamesConvolution, TransposedByBiasNormAndName) {
  const Known model({{"down.0.weight", {16, 3, 3, 3}},
                     {"down.0.bias", {16}},
                     {"up1.weight", {16, 8, 2, 2}},
                     {"up1.bias", {8}},
                     {"deconv2.weight", {8, 8, 4, 4}},
                     {"plain.weight", {8, 16, 3, 3}},
                     {"plain.bias", {8}}});
  EXPECT_EQ(model.role("up1.weight"), Role::transposed_conv);
  EXPECT_EQ(model.at("up1.weight").geometry.layout, "IOHW");
  EXPECT_THAT(model.at("up1.weight").geometry.stride, ElementsAre(2, 2));
  EXPECT_THAT(model.evidence("up1.weight"), HasSubstr("stride 2 x 2 is *assumed*"));
  EXPECT_EQ(model.role("deconv2.weight"), Role::transposed_conv) << "square and without a bias: by name";
  EXPECT_EQ(model.role("plain.weight"), Role::conv);
  EXPECT_EQ(model.role("down.0.weight"), Role::conv);
}

TEST(NamesConvolution, OneInputChannelIsDepthwiseUnlessItIsTheFirst) {
  const Known model({{"conv1.weight", {16, 1, 3, 3}},
                     {"conv1.bias", {16}},
                     {"net.0.weight", {32, 16, 1, 1}},
                     {"net.1.weight", {32, 1, 3, 3}},
                     {"net.2.weight", {64, 8, 3, 3}},
                     {"net.2.bias", {64}}});
  EXPECT_EQ(model.role("conv1.weight"), Role::conv) << "grey images";
  EXPECT_EQ(model.role("net.1.weight"), Role::depthwise_conv);
  EXPECT_EQ(model.at("net.1.weight").geometry.groups, 32);
  EXPECT_EQ(model.role("net.2.weight"), Role::grouped_conv) << "32 channels come in, each group reads 8";
  EXPECT_EQ(model.at("net.2.weight").geometry.groups, 4);
}

TEST(NamesConvolution, WeightNormalizationOldAndNew) {
  const Known model({{"a.weight_g", {4, 1, 1}},
                     {"a.weight_v", {4, 3, 5}},
                     {"b.parametrizations.weight.original0", {4, 1}},
                     {"b.parametrizations.weight.original1", {4, 6}},
                     {"b.bias", {4}}});
  EXPECT_EQ(model.role("a.weight_v"), Role::conv);
  EXPECT_TRUE(model.at("a.weight_v").weight_norm);
  EXPECT_EQ(model.role("a.weight_g"), Role::weight_norm_gain);
  EXPECT_EQ(model.role("b.parametrizations.weight.original1"), Role::dense);
  EXPECT_EQ(model.at("b.parametrizations.weight.original1").geometry.layout, "OI");
  EXPECT_EQ(model.role("b.parametrizations.weight.original0"), Role::weight_norm_gain);
}

TEST(NamesRecurrent, CellsByTheirGates) {
  const Known model({{"lstm.weight_ih_l0", {32, 5}},
                     {"lstm.weight_hh_l0", {32, 8}},
                     {"lstm.bias_ih_l0", {32}},
                     {"lstm.bias_hh_l0", {32}},
                     {"gru.weight_ih_l0_reverse", {24, 5}},
                     {"gru.weight_hh_l0_reverse", {24, 8}},
                     {"rnn.weight_ih", {8, 5}},
                     {"rnn.weight_hh", {8, 8}},
                     {"projected.weight_ih_l0", {32, 5}},
                     {"projected.weight_hh_l0", {32, 3}},
                     {"projected.weight_hr_l0", {3, 8}}});
  EXPECT_EQ(model.role("lstm.weight_hh_l0"), Role::packed_gates);
  EXPECT_TRUE(model.at("lstm.weight_hh_l0").recurrent);
  EXPECT_THAT(model.at("lstm.bias_ih_l0").geometry.sections,
              ElementsAre(Section{"i", 0, 8}, Section{"f", 8, 16}, Section{"g", 16, 24}, Section{"o", 24, 32}));
  EXPECT_EQ(model.at("gru.weight_ih_l0_reverse").cell, "gru");
  EXPECT_EQ(model.role("rnn.weight_hh"), Role::dense);
  EXPECT_EQ(model.at("projected.weight_hh_l0").cell, "lstm") << "the projection tells the width of the state";
  EXPECT_EQ(model.role("projected.weight_hr_l0"), Role::dense);
}

TEST(NamesKeras, KernelsLieTheOtherWay) {
  const Known model({{"conv2d/kernel", {3, 3, 3, 8}},
                     {"conv2d/bias", {8}},
                     {"batch_normalization/gamma", {8}},
                     {"batch_normalization/beta", {8}},
                     {"batch_normalization/moving_mean", {8}},
                     {"batch_normalization/moving_variance", {8}},
                     {"depthwise_conv2d/kernel", {3, 3, 8, 2}},
                     {"conv2d_transpose/kernel", {4, 4, 8, 16}},
                     {"conv2d_transpose/bias", {8}},
                     {"dense/kernel:0", {8, 10}},
                     {"lstm/lstm_cell/kernel", {8, 16}},
                     {"lstm/lstm_cell/recurrent_kernel", {4, 16}},
                     {"lstm/lstm_cell/bias", {16}},
                     {"mha/query/kernel", {12, 3, 4}},
                     {"mha/query/bias", {3, 4}},
                     {"mha/attention_output/kernel", {3, 4, 12}},
                     {"embedding/embeddings", {50, 8}}});
  EXPECT_EQ(model.at("conv2d/kernel").geometry.layout, "HWIO");
  EXPECT_EQ(model.role("batch_normalization/gamma"), Role::norm_scale);
  EXPECT_EQ(model.role("batch_normalization/beta"), Role::norm_shift);
  EXPECT_EQ(model.role("batch_normalization/moving_variance"), Role::running_var);
  EXPECT_EQ(model.at("depthwise_conv2d/kernel").geometry.layout, "HWIM");
  EXPECT_EQ(model.at("conv2d_transpose/kernel").geometry.layout, "HWOI");
  EXPECT_EQ(model.at("dense/kernel:0").geometry.layout, "IO");
  EXPECT_EQ(model.at("lstm/lstm_cell/recurrent_kernel").geometry.sections.at(2).name, "c");
  EXPECT_EQ(model.role("mha/query/kernel"), Role::per_head_in);
  EXPECT_EQ(model.role("mha/attention_output/kernel"), Role::per_head_out);
  EXPECT_EQ(model.role("mha/query/bias"), Role::bias);
  EXPECT_EQ(model.role("embedding/embeddings"), Role::embedding);
}

TEST(NamesVectors, ByNameAndCompany) {
  const Known model({{"cls_token", {1, 1, 8}},
                     {"pos_embed", {1, 5, 8}},
                     {"blocks.0.ls1.gamma", {8}},
                     {"blocks.0.attn.qkv.weight", {24, 8}},
                     {"blocks.0.attn.relative_position_bias_table", {49, 2}},
                     {"logit_scale", {}},
                     {"act.weight", {1}},
                     {"mixer.A_log", {8, 4}},
                     {"mixer.D", {8}},
                     {"mixer.conv1d.weight", {8, 1, 4}},
                     {"mixer.in_proj.weight", {16, 4}},
                     {"rotary_emb.inv_freq", {4}}});
  EXPECT_EQ(model.role("cls_token"), Role::token);
  EXPECT_EQ(model.role("pos_embed"), Role::position_embedding);
  EXPECT_EQ(model.role("blocks.0.ls1.gamma"), Role::layer_scale);
  EXPECT_EQ(model.role("blocks.0.attn.relative_position_bias_table"), Role::position_bias);
  EXPECT_EQ(model.role("logit_scale"), Role::temperature);
  EXPECT_EQ(model.role("act.weight"), Role::activation_slope);
  EXPECT_EQ(model.role("mixer.A_log"), Role::ssm_a_log);
  EXPECT_EQ(model.role("mixer.D"), Role::ssm_d);
  EXPECT_EQ(model.role("mixer.conv1d.weight"), Role::depthwise_conv);
  EXPECT_EQ(model.role("rotary_emb.inv_freq"), Role::constant);
}

TEST(NamesOdd, ShapesThatContradictTheirNamesAreNoCrash) {
  const Known model({{"a/depthwise_kernel", {2, 2, 2, 2, 2, 2}},
                     {"b/depthwise_kernel", {3, 3, 0, 1}},
                     {"c.weight_hh_l0", {4, 0}},
                     {"d.in_proj_weight", {5}},
                     {"", {4, 4}},
                     {"...", {2, 3}}});
  EXPECT_EQ(model.role("a/depthwise_kernel"), Role::unknown);
  EXPECT_EQ(model.at("b/depthwise_kernel").geometry.groups, 1);
  EXPECT_EQ(model.role("c.weight_hh_l0"), Role::unknown);
  EXPECT_EQ(model.role("d.in_proj_weight"), Role::unknown);
}

TEST(NamesQuantized, IntegersAndTheirScales) {
  const Known model({{"fc.weight", {4, 8}, DType::i8}, {"fc.weight_scale", {4}}, {"fc.bias", {4}}});
  EXPECT_EQ(model.role("fc.weight_scale"), Role::quantized);
  EXPECT_EQ(model.role("fc.bias"), Role::bias);
}

}  // namespace
}  // namespace evenkeel
