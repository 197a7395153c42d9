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

TEST(Wrap, LeavesNumbersWhole) {
  EXPECT_THAT(wrap("1024x4096x3x3", 9), ElementsAre("1024x", "4096x3x3"));
  EXPECT_THAT(wrap("std=0.0123", 8), ElementsAre("std=", "0.0123"));
  EXPECT_THAT(wrap("a=1.25e-05)", 10), ElementsAre("a=1.25e-05", ")"));
  EXPECT_THAT(wrap("a=1.25e-05)", 9), ElementsAre("a=", "1.25e-05)"));
  EXPECT_EQ(longest_number("normal(std=1.25e-05) 1024"), 8);
  EXPECT_EQ(longest_number("{0..12}"), 2);
}

TEST(Printable, EscapesWhatMustNotReachATerminal) {
  EXPECT_EQ(printable("w\x1b[31m\n\"evil"), "w\\x1b[31m\\x0a\"evil");
  EXPECT_EQ(printable("a\nb\r", true), "a\nb\\x0d");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");  // C1 control
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "x"),
            "\\xe2\\x80\\xaex");                                              // right-to-left override
  EXPECT_EQ(printable("\xFF\xE6\xBC"), "\\xff\\xe6\\xbc");                    // not UTF-8, cut off
  EXPECT_EQ(printable("\xC0\xAF\xED\xA0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // overlong, surrogate
  EXPECT_EQ(printable("\xE6\xBC\xA2 e\xCC\x81 \xF0\x9F\x98\x80"), "\xE6\xBC\xA2 e\xCC\x81 \xF0\x9F\x98\x80");
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

Table nasty() {
  Table table{{{"parameter", Align::left, Overflow::wrap, 12},
               {"x", Align::right, Overflow::never, 0, 1},
               {"role", Align::left, Overflow::wrap, 9, 2},
               {"shape", Align::left, Overflow::wrap, 6, 4},
               {"fan in > out", Align::left, Overflow::wrap, 6, 3},
               {"scheme", Align::left, Overflow::wrap, 12},
               {"std", Align::right, Overflow::never}},
              {}};
  const std::string unbroken(200, 'a'), digits(60, '7'), han = "\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2";
  table.rows.push_back({{unbroken, "1234", "position_embedding", "1048576x1048576x33x33", "1048576 > 1048576",
                         "truncated_normal(std=0.026516504294495533,low=-2)", "1.234e-05"},
                        unbroken});
  table.rows.push_back({{digits + han + han + han, "", "packed_qkv_packed_qkv", "", "", "zeros", "0"}, "a\x1b[31m\nb"});
  table.rows.push_back({{"w\x1b[31m\n\"evil\xFF", "", "", "", "", "", ""}, ""});
  return table;
}

TEST(Table, EveryColumnShrinksDownToFortyColumns) {
  for (int width = 40; width <= 120; ++width) {
    const std::string text = to_text(nasty(), width, Colour::off);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    EXPECT_EQ(printable(text, true), text);
    for (const char* number : {"0.026516504294495533", "1.234e-05"}) EXPECT_NE(text.find(number), std::string::npos) << text;
    const bool has_shape = text.find("1048576x") != std::string::npos;
    EXPECT_EQ(text.find("not shown at this width: shape") == std::string::npos, has_shape) << text;
  }
  EXPECT_NE(to_text(nasty(), 120, Colour::off).find("1048576 > 1048576"), std::string::npos);
  EXPECT_EQ(to_text(nasty(), 0, Colour::off).find("not shown"), std::string::npos);
  EXPECT_NE(to_text(nasty(), 40, Colour::off).find("not shown"), std::string::npos);
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
