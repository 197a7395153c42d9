// SPDX-License-Identifier: Apache-2.0
// Low-rank updates start at 0 in every recipe, and reasons without a graph say how sure they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Parameter half(const std::string& adapter, std::int64_t out, std::int64_t in) {
  Parameter p = dense(out, in);
  p.adapter = adapter;
  return p;
}

TEST(Adapters, StartAsNoUpdateInEveryRecipe) {
  for (const char* const recipe : {"auto", "pytorch", "keras", "flax", "gpt2", "llama", "bert"}) {
    EXPECT_EQ(scheme_of(half("zero", 96, 4), {}, recipe), "zeros") << recipe;
    const PlanEntry random = decided(half("random", 4, 32), {}, recipe);
    EXPECT_EQ(random.scheme.name, "he_uniform") << recipe;
    EXPECT_NEAR(random.std, 1 / std::sqrt(32.0) / std::sqrt(3.0), 1e-12) << recipe;
    EXPECT_THAT(random.reason, HasSubstr("adds nothing at first"));
    EXPECT_EQ(scheme_of(half("random_table", 32, 4), {}, recipe), "normal(std=1)") << recipe;
  }
}

TEST(Adapters, AMagnitudeStaysSinceTheBaseWeightIsElsewhere) {
  Parameter p = vector(Role::scale, 96);
  p.adapter = "magnitude";
  const PlanEntry entry = decided(p);
  EXPECT_EQ(entry.scheme.name, "keep");
  EXPECT_THAT(entry.reason, HasSubstr("norm of the base weight"));
}

TEST(Certainty, IsInTheReasonWhereThereIsNoGraph) {
  Parameter p = dense(8, 32);
  EXPECT_THAT(decided(p).reason, Not(HasSubstr("names and shapes")));
  p.certainty = "likely";
  EXPECT_THAT(decided(p).reason, HasSubstr("(likely, from names and shapes)"));
  p.certainty = "certain";
  EXPECT_THAT(decided(p).reason, HasSubstr("(certain, from names and shapes)"));
  p.certainty = "*assumed*";
  p.assumed = true;
  p.evidence = {"*assumed* without a graph: a guess"};
  EXPECT_THAT(decided(p).reason, HasSubstr("*assumed* without a graph: a guess"));
}

}  // namespace
}  // namespace evenkeel::testing_plan
