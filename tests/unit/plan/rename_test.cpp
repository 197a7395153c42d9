// SPDX-License-Identifier: Apache-2.0
// Rename rules and the rule that is proposed.
#include "plan/rename.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "plan/map_suggestion.hpp"
#include "plan/module_name.hpp"

namespace evenkeel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string random_text(std::mt19937& random, std::string_view letters, int most) {
  std::string text;
  for (int n = std::uniform_int_distribution(0, most)(random); n > 0; --n)
    text += letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
  return text;
}

TEST(GlobCaptures, PutTogetherGiveTheText) {
  std::mt19937 random(1);
  int matched = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string glob = random_text(random, "ab.*", 6), text = random_text(random, "ab.", 8);
    const auto captures = glob_captures(glob, text);
    ASSERT_EQ(captures.has_value(), matches_glob(glob, text)) << glob << " " << text;
    if (!captures) continue;
    ++matched;
    ASSERT_EQ(captures->size(), star_count(glob));
    EXPECT_EQ(filled_in(glob, *captures), text) << glob;
  }
  EXPECT_GT(matched, 500);
}

TEST(GlobCaptures, EarlierStarsAreShort) {
  EXPECT_THAT(*glob_captures("*.*", "a.b.c"), ElementsAre("a", "b.c"));
  EXPECT_THAT(*glob_captures("h.*.mlp.*", "h.3.mlp.w"), ElementsAre("3", "w"));
  EXPECT_THAT(*glob_captures("a[*]*", "a*x"), ElementsAre("x"));
  EXPECT_THAT(*glob_captures("a**", "ab"), ElementsAre("", "b"));
  EXPECT_FALSE(glob_captures("a*b", "ac"));
}

std::string complaint(const std::vector<std::pair<std::string, std::string>>& rules, const std::vector<std::string>& names) {
  try {
    (void)RenameRules(rules).renamed(names);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(Rename, TheLastRuleThatMatchesDecides) {
  const RenameRules rules({{"a.*", "x.*"}, {"a.b.*", "y.*"}, {"*.?", "*"}});
  EXPECT_THAT(rules.renamed({"a.long", "a.b.long", "a.b.c", "other"}), ElementsAre("x.long", "y.long", "a.b", "other"));
}

TEST(Rename, WrongRulesAreExplained) {
  EXPECT_THAT(complaint({{"bert.*", "x"}}, {"bert.a"}), HasSubstr("found 0 and 1"));
  EXPECT_THAT(complaint({{"brt.*", "x.*"}}, {"bert.a"}), HasSubstr("did you mean bert.a"));
  EXPECT_THAT(complaint({{"a.*", "*"}}, {"a.w", "w"}), HasSubstr("a.w and w both become w"));
  EXPECT_THAT(complaint({{"a", ""}}, {"a"}), HasSubstr("FROM=TO"));
}

TEST(MapSuggestion, NamesThePrefix) {
  const std::vector<NamedShape> wanted = {{"m.a.0.weight", {4, 4}}, {"m.a.1.weight", {4, 4}}, {"m.b.bias", {4}}, {"head.weight", {9, 4}}};
  const std::vector<NamedShape> stored = {{"a.0.weight", {4, 4}}, {"a.1.weight", {4, 4}}, {"b.bias", {4}}, {"pooler.weight", {4, 4}}};
  const auto advice = suggest_map(wanted, stored);
  ASSERT_TRUE(advice);
  EXPECT_EQ(advice->rule, "*=m.*");
  EXPECT_EQ(advice->count, 3U);
  EXPECT_FALSE(suggest_map(wanted, {{"head.weight.x", {1}}}));
}

// What is proposed does what it promises.
TEST(MapSuggestion, KeepsItsPromise) {
  std::mt19937 random(7);
  int proposed = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<NamedShape> wanted, stored;
    std::vector<std::string> names;
    for (int k = 0; k < 6; ++k) wanted.push_back({random_text(random, "ab.", 6) + "w", {1 + k % 2}});
    for (int k = 0; k < 6; ++k) {
      stored.push_back({random_text(random, "ab.", 6) + "w", {1 + k % 2}});
      names.push_back(stored.back().name);
    }
    const auto advice = suggest_map(wanted, stored);
    if (!advice) continue;
    ++proposed;
    const std::size_t equals = advice->rule.find('=');
    std::size_t fits = 0;
    for (const NamedShape& want : wanted) {
      fits += std::any_of(stored.begin(), stored.end(), [&](const NamedShape& s) {
        const auto captures = glob_captures(advice->rule.substr(0, equals), s.name);
        return captures && s.shape == want.shape && filled_in(advice->rule.substr(equals + 1), *captures) == want.name;
      });
    }
    EXPECT_EQ(fits, advice->count) << advice->rule;
  }
  EXPECT_GT(proposed, 50);
}

TEST(ModuleName, OnlyForNumbers) {
  for (const char* name : {"onnx::MatMul_388", "val_50", "391", "const_fold_opt__12"}) EXPECT_TRUE(is_numbered(name)) << name;
  for (const char* name : {"fc0.weight", "layer_1", "head", "onnx::weight", ""}) EXPECT_FALSE(is_numbered(name)) << name;
}

}  // namespace
}  // namespace evenkeel
