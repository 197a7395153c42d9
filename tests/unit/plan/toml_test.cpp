// SPDX-License-Identifier: Apache-2.0
// Recipes from TOML: the same value as the built-in ones, and mistakes by line and column.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::HasSubstr;

std::string scheme_by(const std::string& toml, const Parameter& p, const std::string& name = "w") {
  Model model;
  model.add(p, name);
  return to_string(make_plan(model.graph, model.analysis, parse_recipe(toml, "r.toml")).parameters[0].scheme);
}

std::string complaint(const std::string& toml) {
  try {
    (void)parse_recipe(toml, "dir/r.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "no error";
}

constexpr const char* example = R"toml(
summary = "an example"
base = "auto"
[[rule]]
name = "head"
match = ["head*", "role:router"]
fed_by = "relu"
scheme = "normal(std=0.001)"
reason = "because"
[[rule]]
position = ["last", "only"]
transformer = false
scheme = "zeros"
)toml";

TEST(Toml, FirstRuleThatMatchesDecides) {
  EXPECT_EQ(scheme_by(example, fed(dense(8, 8), "relu"), "head.weight"), "normal(std=0.001)");
  EXPECT_EQ(scheme_by(example, fed(dense(8, 8), "gelu"), "head.weight").substr(0, 12), "lecun_normal");
  EXPECT_EQ(scheme_by(example, in_branch(dense(8, 8), BranchPosition::last, BranchNorm::pre), "x"), "zeros");
  EXPECT_EQ(scheme_by(example, fed(dense(8, 8), "relu"), "x"), "he_normal");
}

TEST(Toml, NameAndReason) {
  const Recipe recipe = parse_recipe(example, "dir/r.toml");
  EXPECT_EQ(recipe.name, "r.toml");
  EXPECT_EQ(recipe.summary, "an example");
  EXPECT_EQ(recipe.rules[0].name, "head");
}

TEST(Toml, WithoutBaseTheRestIsAnError) {
  EXPECT_THROW((void)scheme_by("[[rule]]\nrole = \"bias\"\nscheme = \"zeros\"\n", dense(8, 8)), Error);
}

TEST(Toml, BaseBringsItsFanRule) { EXPECT_EQ(parse_recipe("base = \"keras\"", "r.toml").fan_rule, FanRule::keras); }

TEST(Toml, MistakesHaveAPlace) {
  EXPECT_THAT(complaint("a = = 1"), HasSubstr("line 1"));
  EXPECT_THAT(complaint("[[rule]]\nschem = \"zeros\"\n"), testing::AllOf(HasSubstr("line 2, column 1"), HasSubstr("did you mean scheme")));
  EXPECT_THAT(complaint("[[rule]]\nscheme = \"he_norml\"\n"), testing::AllOf(HasSubstr("line 2, column 10"), HasSubstr("he_normal")));
  EXPECT_THAT(complaint("[[rule]]\nscheme = 3\n"), HasSubstr("expected a text"));
  EXPECT_THAT(complaint("[[rule]]\nrole = \"dens\"\nscheme = \"zeros\"\n"),
              testing::AllOf(HasSubstr("line 2"), HasSubstr("did you mean dense")));
  EXPECT_THAT(complaint("[[rule]]\nposition = \"end\"\nscheme = \"zeros\"\n"), HasSubstr("none of"));
  EXPECT_THAT(complaint("[[rule]]\nrecurrent = \"yes\"\nscheme = \"zeros\"\n"), HasSubstr("expected true or false"));
  EXPECT_THAT(complaint("[[rule]]\nrole = \"bias\"\n"), HasSubstr("no \"scheme\""));
  EXPECT_THAT(complaint("base = \"atuo\""), HasSubstr("did you mean auto"));
  EXPECT_THAT(complaint("rule = 1"), HasSubstr("[[rule]]"));
  EXPECT_THAT(complaint(""), HasSubstr("neither"));
}

TEST(Toml, LettersBeyondAsciiBelongInQuotes) {
  const std::string rule = "[[rule]]\nrole = \"bias\"\nscheme = \"zeros\"\n";
  EXPECT_NO_THROW(
      (void)parse_recipe("base = \"auto\"  # gr\xC3\xB6\xC3\x9F"
                         "er\n" +
                             rule + "reason = \"\xC3\xA4\\\"\xC3\xA9\"\n",
                         "r.toml"));
  EXPECT_NO_THROW((void)parse_recipe("base = \"auto\"\n" + rule + "reason = \"\"\"\n\xC3\xA4\n\"\"\"\n", "r.toml"));
  EXPECT_THAT(complaint("base = \"auto\"\n\xC3\xA9 = 1"), HasSubstr("line 2: expected letters of ASCII"));
  EXPECT_THAT(complaint("[!rule]\n"), HasSubstr("line 1"));
}

}  // namespace
}  // namespace evenkeel::testing_plan
