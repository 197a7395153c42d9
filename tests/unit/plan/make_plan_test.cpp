// SPDX-License-Identifier: Apache-2.0
// Options, ties and streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;

Model example() {
  Model model;
  Parameter embedding = weight(Role::embedding, "VO", {10, 4});
  Parameter head = weight(Role::dense, "IO", {4, 10});
  head.owner = 0;
  head.view = {{10, 4}, {1, 4}, 0};
  head.tie = "equal values";
  Parameter scoped = fed(dense(8, 4), "relu");
  scoped.scope = "blocks.0.mlp";
  scoped.consumer = "/blocks.0/mlp/MatMul";
  model.add(embedding, "wte").add(head, "onnx::MatMul_9").add(scoped, "onnx::MatMul_3").add(vector(Role::running_mean, 4), "bn.mean");
  return model;
}

std::string complaint(const Model& model, const PlanOptions& options) {
  try {
    (void)model.plan("auto", options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(MakePlan, SetMatchesNameNodeScopeAndRole) {
  for (const char* glob : {"onnx::MatMul_3", "/blocks.0/*", "blocks.*.mlp", "role:dense"}) {
    PlanOptions options;
    options.set = {{glob, "orthogonal(gain=1.5)"}};
    const PlanEntry entry = example().plan("auto", options).parameters[2];
    EXPECT_EQ(to_string(entry.scheme), "orthogonal(gain=1.5)") << glob;
    EXPECT_EQ(entry.rule, "--set");
    EXPECT_THAT(entry.reason, HasSubstr(glob));
  }
}

TEST(MakePlan, TheLastSetWins) {
  PlanOptions options;
  options.set = {{"*", "zeros"}, {"onnx*3", "ones"}, {"bn*", "keep"}};
  const Plan plan = example().plan("auto", options);
  EXPECT_EQ(to_string(plan.parameters[2].scheme), "ones");
  EXPECT_EQ(to_string(plan.parameters[0].scheme), "zeros");
  EXPECT_TRUE(is_kept(plan.parameters[3]));
}

TEST(MakePlan, WrongOptionsAreExplained) {
  PlanOptions options;
  options.set = {{"onnx::MatMul_33", "zeros"}};
  EXPECT_THAT(complaint(example(), options), HasSubstr("did you mean onnx::MatMul_3"));
  options.set = {{"wte", "he_norml"}};
  EXPECT_THAT(complaint(example(), options), HasSubstr("he_normal"));
  options.set = {{"bn.mean", "he_normal"}};
  EXPECT_THAT(complaint(example(), options), HasSubstr("bn.mean"));
  options.set.clear();
  options.only = {"nothing"};
  EXPECT_THAT(complaint(example(), options), HasSubstr("--only nothing"));
  options.only.clear();
  options.untie = {"bn*"};
  EXPECT_THAT(complaint(example(), options), HasSubstr("--untie bn*"));
}

TEST(MakePlan, TiedCopiesTakeTheOwnersNumbers) {
  const Plan plan = example().plan();
  EXPECT_EQ(plan.parameters[1].scheme, plan.parameters[0].scheme);
  EXPECT_EQ(plan.parameters[1].stream, "wte");
  EXPECT_EQ(plan.parameters[1].view.strides, (std::vector<std::int64_t>{1, 4}));
  EXPECT_THAT(plan.parameters[1].reason, HasSubstr("Same numbers as wte (equal values)"));
}

TEST(MakePlan, WhatIsSetForACopyIsSetForAll) {
  PlanOptions options;
  options.set = {{"onnx::MatMul_9", "normal(std=3)"}};
  const Plan plan = example().plan("auto", options);
  EXPECT_EQ(plan.parameters[0].std, 3);
  EXPECT_EQ(plan.parameters[1].std, 3);
}

TEST(MakePlan, UntiedCopiesHaveTheirOwn) {
  for (const char* glob : {"onnx::MatMul_9", "wte"}) {
    PlanOptions options;
    options.untie = {glob};
    const PlanEntry entry = example().plan("auto", options).parameters[1];
    EXPECT_EQ(entry.stream, "onnx::MatMul_9");
    EXPECT_TRUE(entry.view.is_identity());
  }
}

TEST(MakePlan, OnlyKeepsTheRestAndTiesTogether) {
  PlanOptions options;
  options.only = {"wte"};
  const Plan plan = example().plan("auto", options);
  EXPECT_FALSE(is_kept(plan.parameters[0]));
  EXPECT_FALSE(is_kept(plan.parameters[1]));
  EXPECT_TRUE(is_kept(plan.parameters[2]));
  EXPECT_EQ(plan.parameters[2].rule, "--only");
}

TEST(MakePlan, StatisticsMayStay) {
  PlanOptions options;
  options.keep_statistics = true;
  EXPECT_TRUE(is_kept(example().plan("auto", options).parameters[3]));
  EXPECT_FALSE(is_kept(example().plan().parameters[3]));
}

TEST(MakePlan, NamesWithOneStreamAreRefused) {
  Model model;
  model.add(dense(4, 4), "w").add(dense(4, 4), "module.w");  // canonical names drop "module."
  EXPECT_THAT(complaint(model, {}), HasSubstr("same random numbers"));
}

TEST(MakePlan, IntegerTensorsCannotBeSet) {
  Model model;
  model.add(vector(Role::quantized, 4), "q", DType::i8);
  PlanOptions options;
  options.set = {{"q", "zeros"}};
  EXPECT_THAT(complaint(model, options), HasSubstr("int8"));
}

TEST(Recipes, UnknownNamesAreExplained) {
  try {
    (void)load_recipe("pytroch");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("did you mean pytorch?"));
  }
}

}  // namespace
}  // namespace evenkeel::testing_plan
