// SPDX-License-Identifier: Apache-2.0
// Tables measured by display columns.
#include "evenkeel/report/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace evenkeel {
namespace {

using ::testing::ElementsAre;

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("\xC3\xA9"), 1);          // e acute
  EXPECT_EQ(display_width("e\xCC\x81"), 1);         // e and a combining acute
  EXPECT_EQ(display_width("\xE6\xBC\xA2"), 2);      // a Han character
  EXPECT_EQ(display_width("\xF0\x9F\x98\x80"), 2);  // an emoji
  EXPECT_EQ(display_width("\xFF\x80"), 2);          // not UTF-8: one column a byte
  EXPECT_EQ(display_width("\xE6\xBC"), 2);          // cut off
}

TEST(CutMiddle, KeepsBothEnds) {
  EXPECT_EQ(cut_middle("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_middle("abcdefghij", 5), "ab\xE2\x80\xA6ij");
  EXPECT_EQ(display_width(cut_middle("\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2", 5)), 5);
  EXPECT_EQ(cut_middle("abc", 0), "");
}

TEST(Wrap, BreaksAtSpacesThenAtMarks) {
  EXPECT_THAT(wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("layer1.conv.weight", 9), ElementsAre("layer1.", "conv.", "weight"));
  EXPECT_THAT(wrap("normal(std=0.0123)", 13), ElementsAre("normal(", "std=0.0123)"));
  EXPECT_THAT(wrap("abcdefgh", 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(wrap("anything at all", 0), ElementsAre("anything at all"));
  EXPECT_THAT(wrap("", 5), ElementsAre(""));
}

TEST(WithThousands, GroupsDigits) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(25557032), "25,557,032");
  EXPECT_EQ(with_thousands(-1234), "-1,234");
}

Table example() {
  Table table{{{"name", Align::left, Overflow::wrap}, {"empty", Align::left, Overflow::never}, {"std", Align::right, Overflow::never}}, {}};
  table.rows.push_back({{"layer1.conv1.weight", "", "0.5"}, "a reason that is long enough to be wrapped somewhere"});
  table.rows.push_back({{"\xE6\xBC\xA2", "", "12"}, ""});
  return table;
}

TEST(Table, FitsTheWidthAndDropsEmptyColumns) {
  for (const int width : {20, 30, 60}) {
    std::istringstream lines(to_text(example(), width, Colour::off));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
  EXPECT_EQ(to_text(example(), 60, Colour::off).find("empty"), std::string::npos);
}

TEST(Table, AlignsNumbersToTheRight) {
  const std::string text = to_text(example(), 0, Colour::off);
  EXPECT_NE(text.find("name                 std\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\xE6\xBC\xA2                    12\n"), std::string::npos) << text;
}

TEST(Table, ColoursOnlyWhenAsked) {
  EXPECT_EQ(to_text(example(), 60, Colour::off).find('\x1b'), std::string::npos);
  EXPECT_NE(to_text(example(), 60, Colour::on).find("\x1b[1m"), std::string::npos);
}

}  // namespace
}  // namespace evenkeel
