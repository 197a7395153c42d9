// SPDX-License-Identifier: Apache-2.0
// Recipes named after frameworks and models: the framework's std, the true fans, and the reason where the two differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

double uniform_std(double bound) { return bound / std::sqrt(3.0); }

TEST(PyTorch, LinearAndItsBias) {
  Parameter bias = vector(Role::bias, 8);
  bias.bias_of = 0;
  Model model;
  model.add(dense(8, 32)).add(bias);
  const Plan plan = model.plan("pytorch");
  EXPECT_NEAR(plan.parameters[0].std, uniform_std(1 / std::sqrt(32.0)), 1e-12);
  EXPECT_NEAR(plan.parameters[1].std, uniform_std(1 / std::sqrt(32.0)), 1e-11);
  EXPECT_THAT(plan.parameters[0].reason, Not(HasSubstr("true are")));
}

TEST(PyTorch, TransposedConvolutionHasPyTorchsFans) {
  Parameter p = weight(Role::transposed_conv, "IOHW", {16, 256, 4, 4});
  p.geometry.stride = {2, 2};
  const PlanEntry entry = decided(p, {}, "pytorch");
  EXPECT_EQ(entry.fans[0], (Fans{64, 4096}));
  EXPECT_NEAR(entry.std, uniform_std(1 / std::sqrt(4096.0)), 1e-12);
  EXPECT_THAT(entry.reason, HasSubstr("true are fan_in 64"));
}

TEST(PyTorch, PackedAttentionIsGlorotAsAWhole) {
  Parameter p = weight(Role::packed_qkv, "OI", {96, 32});
  p.geometry.section_axis = 0;
  p.geometry.sections = {{"q", 0, 32}, {"k", 32, 64}, {"v", 64, 96}};
  const PlanEntry entry = decided(p, {}, "pytorch");
  EXPECT_EQ(entry.fans[0], (Fans{32, 32}));
  EXPECT_NEAR(entry.std, uniform_std(std::sqrt(6.0 / 128)), 1e-12);
}

TEST(PyTorch, RecurrentLayersByHiddenSize) {
  Parameter p = weight(Role::packed_gates, "OI", {64, 24});
  p.geometry.section_axis = 0;
  p.geometry.sections = {{"i", 0, 16}, {"o", 16, 32}, {"f", 32, 48}, {"c", 48, 64}};
  p.cell = "lstm";
  EXPECT_NEAR(decided(p, {}, "pytorch").std, uniform_std(0.25), 1e-11);
}

TEST(PyTorch, Embedding) { EXPECT_EQ(decided(weight(Role::embedding, "VO", {100, 8}), {}, "pytorch").std, 1); }

TEST(Keras, DepthwiseHasKerasFans) {
  const Parameter p = weight(Role::depthwise_conv, "HWIM", {3, 3, 8, 1});
  const PlanEntry entry = decided(p, {}, "keras");
  EXPECT_EQ(entry.fans[0], (Fans{9, 9}));
  EXPECT_NEAR(entry.std, std::sqrt(2.0 / (72 + 9)), 1e-12);
  EXPECT_THAT(entry.reason, HasSubstr("fan_in 72"));
}

TEST(Flax, KernelsAndEmbedding) {
  EXPECT_NEAR(decided(dense(8, 32), {}, "flax").std, 1 / std::sqrt(32.0), 1e-12);
  EXPECT_NEAR(decided(weight(Role::embedding, "VO", {100, 16}), {}, "flax").std, 0.25, 1e-12);
}

TEST(Gpt2, ResidualOutputsAreScaled) {
  EXPECT_NEAR(decided(in_branch(dense(8, 8), BranchPosition::last, BranchNorm::pre, 0, 24), {}, "gpt2").std, 0.02 / std::sqrt(24.0), 1e-12);
  EXPECT_EQ(decided(in_branch(dense(8, 8), BranchPosition::first, BranchNorm::pre), {}, "gpt2").std, 0.02);
}

TEST(Llama, DepthAndHead) {
  const PlanEntry out = decided(in_branch(dense(8, 8), BranchPosition::last, BranchNorm::pre, 5, 8), {}, "llama");  // block 2
  EXPECT_NEAR(out.std, 0.02 / std::sqrt(6.0), 1e-12);
  Parameter up = in_branch(dense(8, 8), BranchPosition::first, BranchNorm::pre, 1, 8);
  up.glu = "value";
  EXPECT_NEAR(decided(up, {}, "llama").std, 0.02 / std::sqrt(2.0), 1e-12);
  up.glu = "gate";
  EXPECT_EQ(decided(up, {}, "llama").std, 0.02);
  Parameter head = dense(100, 64);
  head.last_layer = true;
  EXPECT_NEAR(decided(head, {}, "llama").std, 0.125 * 0.98657839255810862, 1e-12);
}

TEST(Bert, EverythingIsTwoHundredths) {
  EXPECT_EQ(decided(dense(8, 8), {}, "bert").std, 0.02);
  EXPECT_EQ(decided(weight(Role::embedding, "VO", {100, 8}), {}, "bert").std, 0.02);
}

// Every role gets a decision or is refused by name; no row writes a scheme that does not parse (that would be an internal error).
TEST(AllRecipes, AnswerEveryRoleAndSituation) {
  for (const std::string& name : recipe_names()) {
    const Recipe recipe = load_recipe(name);
    for (int r = 0; r <= static_cast<int>(Role::unknown); ++r) {
      for (const char* activation : {"none", "relu", "gelu", "tanh", "sigmoid", "sin", "mixed", "unknown", "softmax"}) {
        for (const BranchNorm norm : {BranchNorm::none, BranchNorm::pre, BranchNorm::end, BranchNorm::post, BranchNorm::inner}) {
          for (const int count : {2, 48}) {
            for (const bool transformer : {false, true}) {
              Parameter p = fed(in_branch(weight(static_cast<Role>(r), "OI", {16, 8}), BranchPosition::last, norm, 1, count), activation);
              p.transformer = transformer;
              ModelTraits traits;
              traits.depth = count;
              const Subject subject{p, traits, "t", {{8, 16}}, {{8, 16}}, nullptr, {}, {}, {}, false, false, false};
              for (const Rule& rule : recipe.rules) {
                const std::optional<Decision> decision = rule.decide(subject);
                EXPECT_FALSE(decision && decision->reason.empty()) << name << " " << rule.name;
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace evenkeel::testing_plan
