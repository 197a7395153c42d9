// SPDX-License-Identifier: Apache-2.0
// A plan written and read: exact, and strict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;

Plan example() {
  Model model;
  Parameter packed = weight(Role::packed_qkv, "OI", {96, 32});
  packed.geometry.section_axis = 0;
  packed.geometry.sections = {{"q", 0, 32}, {"k", 32, 64}, {"v", 64, 96}};
  packed.evidence = {"split in three at Split_4"};
  packed.scope = "layers.0.attn";
  Parameter transposed = weight(Role::transposed_conv, "IOHW", {16, 256, 4, 4});
  transposed.geometry.stride = {2, 2};
  Parameter owner = weight(Role::embedding, "VO", {10, 4});
  Parameter copy = weight(Role::dense, "IO", {4, 10});
  copy.owner = 2;
  copy.view = {{10, 4}, {1, 4}, 0};
  model.add(packed, "qkv")
      .add(transposed, "up")
      .add(owner, "wte")
      .add(copy, "head")
      .add(vector(Role::constant, 3), "mask")
      .add(vector(Role::bias, 3), "b\xC3\xA9")
      .add(vector(Role::running_var, 3), "bn.var");
  Plan plan = model.plan("pytorch");
  plan.model = "m.onnx";
  return plan;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string complaint(const std::string& json) {
  try {
    (void)parse_plan(json, "p.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "no error";
}

TEST(PlanJson, RoundTripIsExact) {
  Plan plan = example();
  const std::string text = to_json(plan);
  EXPECT_EQ(to_json(parse_plan(text, "p.json")), text);
  plan.seed = 18446744073709551615U;
  EXPECT_EQ(parse_plan(to_json(plan), "p.json").seed, plan.seed);
}

TEST(PlanJson, KeepsWhatApplyNeeds) {
  const Plan plan = parse_plan(to_json(example()), "p.json");
  EXPECT_EQ(plan.parameters[0].geometry.sections.size(), 3U);
  EXPECT_EQ(plan.parameters[1].geometry.stride, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(plan.parameters[1].scheme_fans.size(), 1U);
  EXPECT_EQ(plan.parameters[3].stream, "wte");
  EXPECT_EQ(plan.parameters[3].view, (View{{10, 4}, {1, 4}, 0}));
  EXPECT_TRUE(is_kept(plan.parameters[4]));
}

TEST(PlanJson, BuffersStandApart) {
  const std::string text = to_json(example());
  EXPECT_GT(text.find("\"bn.var\""), text.find("\"buffers\""));
  EXPECT_TRUE(parse_plan(text, "p.json").parameters[6].buffer);
}

TEST(PlanJson, AnEditedSchemeIsTakenAndSaid) {
  const Plan plan = parse_plan(replaced(to_json(example()), "\"scheme\":\"zeros\"", "\"scheme\":\"constant(0.5)\""), "p.json");
  EXPECT_EQ(plan.parameters[5].mean, 0.5);
  EXPECT_EQ(plan.parameters[5].rule, "edited plan");
}

TEST(PlanJson, RefusesWhatItDoesNotKnow) {
  const std::string text = to_json(example());
  EXPECT_THAT(complaint(replaced(text, "\"recipe\"", "\"recpie\"")), HasSubstr("unknown key \"recpie\"; did you mean recipe?"));
  EXPECT_THAT(complaint(replaced(text, "\"layout\"", "\"layuot\"")), HasSubstr("parameters[0]"));
  EXPECT_THAT(complaint(replaced(text, "\"version\": 1", "\"version\": 2")), HasSubstr("version"));
  EXPECT_THAT(complaint(replaced(text, "\"role\":\"packed_qkv\"", "\"role\":\"packed\"")), HasSubstr("parameters[0].role"));
  EXPECT_THAT(complaint(replaced(text, "\"shape\":[96,32]", "\"shape\":[96,\"x\"]")), HasSubstr("parameters[0].shape[1]"));
  EXPECT_THAT(complaint(replaced(text, "\"shape\":[96,32]", "\"shape\":[96,-1]")), HasSubstr("at least 0"));
  EXPECT_THAT(complaint(replaced(text, "\"fan_in\":32", "\"fan_in\":33")), HasSubstr("follows from layout"));
  EXPECT_THAT(complaint(replaced(text, "\"scheme\":\"zeros\"", "\"scheme\":\"zeroes\"")), HasSubstr("parameters[5].scheme"));
  EXPECT_THAT(complaint(replaced(text, "\"scheme\":\"zeros\"", "\"scheme\":\"he_normal\"")), HasSubstr("b\xC3\xA9"));
  EXPECT_THAT(complaint(replaced(text, "\"name\":\"up\"", "\"name\":\"qkv\"")), HasSubstr("stands twice"));
  EXPECT_THAT(complaint(replaced(text, "\"strides\":[1,4]", "\"strides\":[1,40]")), HasSubstr("leaves the tensor"));
  EXPECT_THAT(complaint(replaced(text, "\"end\":96", "\"end\":97")), HasSubstr("sections[2]"));
}

TEST(PlanJson, NumbersBeyondAnyAreRefused) {
  EXPECT_THAT(complaint(replaced(to_json(example()), "\"version\": 1", "\"version\": 1e999")), HasSubstr("number overflow"));
}

TEST(PlanJson, SourcesAreHeldAgainstTheTensor) {
  Plan plan = example();
  plan.from = "old.npz";
  plan.unused = {"spare"};
  plan.parameters[0].scheme = keep_scheme();
  plan.parameters[0].source = EntrySource{SourceStatus::taken, "other", {32, 96}, DType::bf16, true, {}};
  plan.parameters[2].source = EntrySource{SourceStatus::extended, "wte", {8, 4}, DType::f32, false, {}};
  plan.parameters[3].source = EntrySource{SourceStatus::extended, "wte", {8, 4}, DType::f32, false, {}};
  plan.parameters[5].source = EntrySource{SourceStatus::unfit, "b", {9}, DType::f32, false, "stored (9), wanted (3)"};
  plan.parameters[1].source = EntrySource{};
  update_expectations(plan);
  const std::string text = to_json(plan);
  EXPECT_THAT(text, HasSubstr("\"axis\":0,\"rows\":8"));
  const Plan read = parse_plan(text, "p.json");
  EXPECT_EQ(to_json(read), text);
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) EXPECT_EQ(read.parameters[i].source, plan.parameters[i].source) << i;
  EXPECT_TRUE(is_taken(read.parameters[0]));
  EXPECT_TRUE(needs_source(read.parameters[3]));

  const std::string taken = "\"shape\":[32,96],\"dtype\":\"bfloat16\"";
  EXPECT_THAT(complaint(replaced(text, taken, "\"shape\":[96,32],\"dtype\":\"bfloat16\"")), HasSubstr("expected the same shape"));
  EXPECT_THAT(complaint(replaced(text, taken, "\"shape\":[32,96],\"dtype\":\"int8\"")), HasSubstr("two floating types"));
  EXPECT_THAT(complaint(replaced(text, taken, "\"shape\":[3072],\"dtype\":\"bfloat16\"")), HasSubstr("anything but a matrix"));
  EXPECT_THAT(complaint(replaced(text, taken, "\"shape\":[-32,96],\"dtype\":\"bfloat16\"")), HasSubstr("at least 0"));
  EXPECT_THAT(complaint(replaced(text, "\"status\":\"taken\",\"name\":\"other\",", "\"status\":\"taken\",")), HasSubstr("name"));
  EXPECT_THAT(complaint(replaced(text, "\"status\":\"taken\"", "\"status\":\"tekan\"")), HasSubstr("taken, extended, new"));
  const Plan edited = parse_plan(replaced(text, "\"scheme\":\"keep\"", "\"scheme\":\"ones\""), "p.json");
  EXPECT_FALSE(edited.parameters[0].source);
  EXPECT_THAT(edited.parameters[0].reason, HasSubstr("other is not taken"));
}

TEST(PlanJson, StatedNumbersThatDoNotCountAreSaid) {
  Plan plan = example();
  plan.parameters[0].std += 0.5;
  EXPECT_THAT(parse_plan(to_json(plan), "p.json").warnings, ::testing::Contains(HasSubstr("those stated do not count: qkv")));
  EXPECT_TRUE(parse_plan(to_json(example()), "p.json").warnings.empty());
}

TEST(PlanJson, RefusesWhatIsNoJson) {
  EXPECT_THAT(complaint("{\n \"version\": 1,,\n}"), HasSubstr("line 2, column 15"));
  EXPECT_THAT(complaint(""), HasSubstr("expected the JSON of a plan"));
  EXPECT_THAT(complaint("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(complaint(std::string(100000, '[')), HasSubstr("nested deeper"));
}

TEST(PlanJson, EveryCutIsRefused) {
  const std::string text = to_json(example());
  for (std::size_t length = 0; length + 2 < text.size(); length += 7) EXPECT_NE(complaint(text.substr(0, length)), "no error") << length;
}

}  // namespace
}  // namespace evenkeel::testing_plan
