// SPDX-License-Identifier: Apache-2.0
// A plan that does not fit its model is refused before anything is written. (What apply writes is tested through the command, on real
// files.)
#include "evenkeel/apply/apply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

using ::testing::HasSubstr;

Model model() {
  Model m;
  m.name = "m.onnx";
  m.graph.tensors = {{"w", "", {2, 3}, DType::f32, Storage::initializer, absent},
                     {"shape", "", {2}, DType::i64, Storage::initializer, absent},
                     {"scalar", "", {}, DType::f32, Storage::initializer, absent}};
  return m;
}

Plan plan() {
  PlanEntry entry;
  entry.name = entry.stream = "w";
  entry.geometry.shape = {2, 3};
  entry.scheme = parse_scheme("zeros");
  Plan p;
  p.parameters = {entry};
  return p;
}

std::string complaint(const Plan& p, const Model& m) {
  try {
    check_fit(p, m);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "fits";
}

TEST(CheckFit, IntegersAndScalarsNeedNoEntry) { EXPECT_EQ(complaint(plan(), model()), "fits"); }

TEST(CheckFit, NamesShapesAndTypes) {
  Plan p = plan();
  p.parameters[0].name = "v";
  EXPECT_THAT(complaint(p, model()), HasSubstr("the plan names v"));
  p = plan();
  p.parameters[0].geometry.shape = {3, 2};
  EXPECT_THAT(complaint(p, model()), HasSubstr("(2, 3)"));
  p = plan();
  p.parameters[0].dtype = DType::f16;
  EXPECT_THAT(complaint(p, model()), HasSubstr("float16"));
  p = plan();
  p.parameters.clear();
  EXPECT_THAT(complaint(p, model()), HasSubstr("does not name 1"));
}

TEST(Apply, RefusesBeforeItWrites) {
  Plan p = plan();
  p.parameters.clear();
  EXPECT_THROW((void)apply(p, model(), "/nowhere/at/all.onnx"), Error);
}

TEST(Manifest, IsMissedByName) {
  try {
    (void)read_manifest(model());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    EXPECT_THAT(error.what(), HasSubstr("m.onnx"));
  }
}

}  // namespace
}  // namespace evenkeel
