// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct GlobCase {
  const char* glob;
  const char* text;
  bool fits;
};

class Glob : public ::testing::TestWithParam<GlobCase> {};

TEST_P(Glob, Matches) {
  EXPECT_EQ(matches_glob(GetParam().glob, GetParam().text), GetParam().fits) << GetParam().glob << " " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Cases, Glob,
                         ::testing::Values(GlobCase{"a", "a", true}, GlobCase{"a", "b", false}, GlobCase{"a", "ab", false},
                                           GlobCase{"", "", true}, GlobCase{"", "a", false}, GlobCase{"*", "", true},
                                           GlobCase{"*", "a/b.c", true}, GlobCase{"/layer4*", "/layer4/conv/Conv", true},
                                           GlobCase{"*.weight", "a.b.weight", true}, GlobCase{"*.weight", "a.weights", false},
                                           GlobCase{"a*b*c", "aXbYbZc", true}, GlobCase{"a*b*c", "aXbYbZ", false},
                                           GlobCase{"a?c", "abc", true}, GlobCase{"a?c", "ac", false}, GlobCase{"h.[0-3].w", "h.2.w", true},
                                           GlobCase{"h.[0-3].w", "h.4.w", false}, GlobCase{"[!a]b", "cb", true},
                                           GlobCase{"[!a]b", "ab", false}, GlobCase{"a[", "a[", true}, GlobCase{"a[b", "a[b", true},
                                           GlobCase{"[]]x", "]x", true}, GlobCase{"a.b", "aXb", false}, GlobCase{"**a**", "bab", true},
                                           GlobCase{"*a", "aaaaaaaaaab", false}));

TEST(Glob, TakesNoExponentialTime) {
  std::string glob, text(2000, 'a');
  for (int i = 0; i < 60; ++i) glob += "a*";
  EXPECT_FALSE(matches_glob(glob + "b", text));
}

TEST(EditDistance, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("he_normal", "he_normal"), 0);
  EXPECT_EQ(edit_distance("he_norml", "he_normal"), 1);
  EXPECT_EQ(edit_distance("pytroch", "pytorch"), 1);
  EXPECT_EQ(edit_distance("PyTorch", "pytorch"), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
}

TEST(NearestNames, BestFirstAndNothingFar) {
  const std::vector<std::string> names = {"he_normal", "he_uniform", "lecun_normal", "zeros"};
  EXPECT_EQ(nearest_names("he_norml", names)[0], "he_normal");
  EXPECT_THAT(nearest_names("xxxxxxxxxxxx", names), IsEmpty());
  EXPECT_EQ(suggestion("he_norml", names, 1), "; did you mean he_normal?");
  EXPECT_EQ(suggestion("qqqqqqqqqq", names), "");
}

TEST(NearestNames, GlobsAreComparedByTheirLetters) {
  const std::vector<std::string> names = {"classifier.weight", "layer1.conv.weight"};
  EXPECT_THAT(nearest_names("clasifier*", names), ElementsAre("classifier.weight"));
}

}  // namespace
}  // namespace evenkeel
