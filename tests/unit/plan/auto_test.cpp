// SPDX-License-Identifier: Apache-2.0
// Each row of auto against a parameter made by hand, and their precedence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "evenkeel/base/error.hpp"
#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;

ModelTraits traits(int depth, bool norm = false, bool attention = false) {
  ModelTraits t;
  t.depth = depth;
  t.has_norm = norm;
  t.has_attention = attention;
  return t;
}

TEST(Auto, KeepsWhatIsNoParameter) {
  for (const Role role : {Role::constant, Role::quantized, Role::unused}) EXPECT_EQ(scheme_of(vector(role, 4)), "keep");
}

TEST(Auto, Vectors) {
  EXPECT_EQ(scheme_of(vector(Role::bias, 4)), "zeros");
  EXPECT_EQ(scheme_of(vector(Role::norm_scale, 4)), "ones");
  EXPECT_EQ(scheme_of(vector(Role::norm_shift, 4)), "zeros");
  EXPECT_EQ(scheme_of(vector(Role::running_mean, 4)), "zeros");
  EXPECT_EQ(scheme_of(vector(Role::running_var, 4)), "ones");
  EXPECT_EQ(scheme_of(vector(Role::activation_slope, 4)), "constant(value=0.25)");
  EXPECT_EQ(scheme_of(vector(Role::residual_scale, 4)), "zeros");
  Parameter centred = vector(Role::norm_scale, 4);
  centred.zero_centred = true;
  EXPECT_EQ(scheme_of(centred), "zeros");
}

TEST(Auto, LayerScaleByDepth) {
  EXPECT_EQ(scheme_of(in_branch(vector(Role::layer_scale, 4), BranchPosition::scale, BranchNorm::pre, 0, 36)), "constant(value=0.1)");
  EXPECT_EQ(decided(in_branch(vector(Role::layer_scale, 4), BranchPosition::scale, BranchNorm::pre, 0, 48)).mean, 1e-5);
  EXPECT_EQ(decided(in_branch(vector(Role::layer_scale, 4), BranchPosition::scale, BranchNorm::pre, 0, 80)).mean, 1e-6);
}

TEST(Auto, ZeroGammaOnlyAtTheEndOfABranch) {
  EXPECT_EQ(scheme_of(in_branch(vector(Role::norm_scale, 4), BranchPosition::last_norm, BranchNorm::end)), "zeros");
  EXPECT_EQ(scheme_of(in_branch(vector(Role::norm_scale, 4), BranchPosition::inner_norm, BranchNorm::end)), "ones");
  EXPECT_EQ(scheme_of(in_branch(vector(Role::norm_scale, 4), BranchPosition::pre_norm, BranchNorm::pre)), "ones");
  Parameter centred = in_branch(vector(Role::norm_scale, 4), BranchPosition::last_norm, BranchNorm::end);
  centred.zero_centred = true;
  EXPECT_EQ(decided(centred).mean, -1);
}

TEST(Auto, ConvolutionBeforeBatchNormComesBeforeResidualAndActivation) {
  Parameter p = fed(in_branch(conv(8, 4), BranchPosition::last, BranchNorm::end), "relu");
  p.norm_after = "batch_norm";
  const PlanEntry entry = decided(p, traits(20, true));
  EXPECT_EQ(to_string(entry.scheme), "he_normal(mode=fan_out)");
  EXPECT_NEAR(entry.std, std::sqrt(2.0 / 72), 1e-12);
  EXPECT_THAT(entry.reason, HasSubstr("fan_out 72"));
  EXPECT_THAT(entry.reason, HasSubstr("node_7"));
}

TEST(Auto, PreNormTransformer) {
  Parameter inner = fed(in_branch(dense(32, 32), BranchPosition::first, BranchNorm::pre), "gelu");
  inner.transformer = true;
  EXPECT_EQ(scheme_of(inner), "normal(std=0.02)");
  inner.branch->position = BranchPosition::last;
  const PlanEntry last = decided(inner);
  EXPECT_EQ(last.scheme.name, "residual_scaled_normal");
  EXPECT_NEAR(last.std, 0.01, 1e-12);
  EXPECT_THAT(last.reason, HasSubstr("add_9"));
}

TEST(Auto, PostNormTransformerShallowAndDeep) {
  Parameter p = in_branch(dense(32, 64), BranchPosition::last, BranchNorm::post, 0, 4);
  p.transformer = true;
  EXPECT_EQ(scheme_of(p), "glorot_uniform");
  p.branch->count = 36;  // 18 layers
  const PlanEntry deep = decided(p);
  EXPECT_NEAR(deep.std, std::pow(8 * 18.0, -0.25) * std::sqrt(2.0 / 96), 1e-12);
  EXPECT_TRUE(deep.assumed);
  EXPECT_THAT(deep.reason, HasSubstr("*Assumed*"));
  p.attention = "q";
  EXPECT_EQ(scheme_of(p), "glorot_normal");
}

TEST(Auto, ResidualWithoutNormIsFixup) {
  const Parameter last = fed(in_branch(dense(64, 64), BranchPosition::last, BranchNorm::none, 0, 16), "relu");
  EXPECT_EQ(scheme_of(last), "zeros");
  const Parameter first = fed(in_branch(dense(64, 64), BranchPosition::first, BranchNorm::none, 0, 16), "relu");
  EXPECT_NEAR(decided(first).std, std::sqrt(2.0 / 64) * std::pow(16.0, -0.5), 1e-11);
}

TEST(Auto, AScaledBranchNeedsNoFixup) {
  Model model;
  model.add(fed(in_branch(dense(64, 64), BranchPosition::last, BranchNorm::none), "relu"));
  model.add(in_branch(vector(Role::residual_scale, 1), BranchPosition::scale, BranchNorm::none));
  EXPECT_EQ(to_string(model.plan().parameters[0].scheme), "he_normal");
}

TEST(Auto, ActivationThatFeeds) {
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "relu")), "he_normal");
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "relu6")), "he_normal");
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "prelu")), "he_normal(negative_slope=0.25)");
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "none")), "lecun_normal");
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "selu")), "lecun_normal");
  EXPECT_EQ(scheme_of(fed(dense(8, 32), "tanh"), traits(3)), "glorot_uniform");
  EXPECT_NEAR(decided(fed(dense(8, 32), "sigmoid")).std, std::sqrt(12.8 / 32), 1e-9);
  Parameter leaky = fed(dense(8, 32), "leaky_relu");
  leaky.fed_by.parameters["negative_slope"] = 0.2;
  EXPECT_EQ(scheme_of(leaky), "he_normal(negative_slope=0.2)");
}

TEST(Auto, ForwardGainsOfSmoothActivations) {
  const std::pair<const char*, double> gains[] = {{"gelu", 1.533530441196}, {"silu", 1.676532470331},     {"mish", 1.486847581273},
                                                  {"elu", 1.245198300701},  {"softplus", 1.041866835535}, {"hardswish", 1.736657212767}};
  for (const auto& [name, gain] : gains)
    EXPECT_NEAR(decided(fed(dense(8, 32), name), traits(3, true)).std, gain / std::sqrt(32.0), 1e-11) << name;
}

TEST(Auto, DeepTanhIsOrthogonalOnTheEdgeOfChaos) {
  const PlanEntry entry = decided(fed(dense(32, 32), "tanh"), traits(50));
  EXPECT_EQ(entry.scheme.name, "orthogonal");
  EXPECT_GT(number_of(entry.scheme, "gain"), 1.0);
  EXPECT_LT(number_of(entry.scheme, "gain"), 1.05);  // q = 1/50
  EXPECT_EQ(scheme_of(fed(dense(32, 32), "tanh"), traits(50, true)), "glorot_uniform");
}

TEST(Auto, DeepGeluWithoutNormIsHalfStable) {
  Parameter p = fed(dense(32, 32), "gelu");
  p.followed_by.name = "gelu";
  p.has_bias = true;
  Parameter bias = vector(Role::bias, 32);
  bias.bias_of = 0;
  Model model;
  model.analysis.traits = traits(30);
  model.add(p).add(bias);
  const Plan plan = model.plan();
  EXPECT_NEAR(plan.parameters[0].std * plan.parameters[0].std * 32, 1.98305826, 1e-8);
  EXPECT_NEAR(plan.parameters[1].std * plan.parameters[1].std, 0.17292239, 1e-8);
}

TEST(Auto, SineIsSiren) {
  Parameter first = dense(64, 2);
  first.first_layer = true;
  first.followed_by = {"sin", {{"omega", 30}}, "sin_1"};
  EXPECT_NEAR(decided(first).std, 0.5 / std::sqrt(3.0), 1e-12);
  Parameter other = fed(dense(64, 64), "sin");
  other.fed_by.parameters["omega"] = 30;
  other.last_layer = true;
  EXPECT_NEAR(decided(other).std, std::sqrt(6.0 / 64) / 30 / std::sqrt(3.0), 1e-12);
}

TEST(Auto, Tables) {
  EXPECT_EQ(scheme_of(weight(Role::embedding, "VO", {100, 8}), traits(3, true, true)), "normal(std=0.02)");
  EXPECT_EQ(decided(weight(Role::embedding, "VO", {100, 8})).std, 1);
  EXPECT_EQ(decided(weight(Role::position_embedding, "", {1, 16, 8})).std, 0.02);
  EXPECT_EQ(decided(weight(Role::token, "", {1, 1, 8})).std, 0.02);
  EXPECT_EQ(decided(weight(Role::router, "OI", {4, 8})).std, 0.02);
}

TEST(Auto, LastLayer) {
  Parameter p = fed(dense(10, 32), "relu");
  p.last_layer = true;
  EXPECT_EQ(scheme_of(p), "lecun_normal");
  EXPECT_EQ(decided(p, traits(3, true, true)).std, 0.02);
}

Parameter gates(bool recurrent) {
  Parameter p = weight(Role::packed_gates, "OI", {64, 16});
  p.geometry.section_axis = 0;
  p.geometry.sections = {{"i", 0, 16}, {"o", 16, 32}, {"f", 32, 48}, {"c", 48, 64}};
  p.cell = "lstm";
  p.recurrent = recurrent;
  return p;
}

TEST(Auto, RecurrentCells) {
  EXPECT_NEAR(decided(gates(false)).std, std::sqrt(2.0 / 32), 1e-12);  // per gate: 16 -> 16
  EXPECT_EQ(scheme_of(gates(true)), "orthogonal");
  EXPECT_NEAR(decided(gates(true)).std, 0.25, 1e-12);
  Parameter relu = dense(16, 16);
  relu.cell = "rnn";
  relu.recurrent = true;
  relu.followed_by.name = "relu";
  EXPECT_EQ(scheme_of(relu), "identity");
}

TEST(Auto, UnknownActivationIsCalledAssumed) {
  for (const char* name : {"unknown", "mixed"}) {
    const PlanEntry entry = decided(fed(dense(8, 32), name));
    EXPECT_EQ(to_string(entry.scheme), "lecun_normal");
    EXPECT_TRUE(entry.assumed);
    EXPECT_THAT(entry.reason, HasSubstr("*assumed*"));
  }
}

TEST(Auto, UnknownRoleIsAnError) {
  Model model;
  model.add(weight(Role::unknown, "", {3, 5}), "mystery");
  try {
    (void)model.plan();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("mystery"));
    EXPECT_THAT(error.what(), HasSubstr("--set"));
    EXPECT_THAT(error.what(), HasSubstr("--unknown lecun_normal"));
  }
  PlanOptions options;
  options.unknown = "lecun_normal";
  const Plan plan = model.plan("auto", options);
  EXPECT_NEAR(plan.parameters[0].std, 1 / std::sqrt(5.0), 1e-12);
  EXPECT_THAT(plan.parameters[0].reason, HasSubstr("*Assumed*"));
  EXPECT_EQ(plan.warnings.size(), 1U);
}

TEST(Auto, FoldedNormIsWarnedAboutLoudly) {
  Parameter p = conv(8, 4);
  p.folded_norm = true;
  Model model;
  model.add(p);
  ASSERT_EQ(model.plan().warnings.size(), 1U);
  EXPECT_THAT(model.plan().warnings[0], HasSubstr("FOLDED NORMS"));
}

}  // namespace
}  // namespace evenkeel::testing_plan
