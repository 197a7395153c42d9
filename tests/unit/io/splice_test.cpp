// SPDX-License-Identifier: Apache-2.0
// Lengths of enclosing messages follow their contents, at any depth.
#include <gtest/gtest.h>

#include "io/onnx/splice.hpp"
#include "io/onnx/wire_build.hpp"
#include "models/message_walker.hpp"

namespace evenkeel::test {
namespace {

std::string apply(const Source& source, const std::vector<Edit>& edits) {
  std::string out;
  for (const Piece& piece : splice(source, edits)) out += piece.literal.empty() ? std::string(source.text(piece.copy)) : piece.literal;
  return out;
}

TEST(Splice, GrowsEveryLengthAround) {
  std::string message = bytes_field(1, "x");
  for (int depth = 0; depth < 10; ++depth) message = bytes_field(3, "before") + bytes_field(2, message) + bytes_field(4, "after");
  const Source source{"test", message};
  const std::size_t leaf = message.find(bytes_field(1, "x"));
  const Range parent{leaf, leaf + 3};
  for (const std::size_t size : {0U, 1U, 2U, 100U, 127U, 128U, 16383U, 16384U, 3000000U}) {
    std::string inner = apply(source, {{parent, parent, bytes_field(1, std::string(size, 'y')), std::nullopt}});
    for (int depth = 0; depth < 10; ++depth) {
      EXPECT_EQ(first(inner, 3), "before");
      EXPECT_EQ(first(inner, 4), "after");
      inner = first(inner, 2);
    }
    EXPECT_EQ(first(inner, 1), std::string(size, 'y'));
  }
}

TEST(Splice, KeepsLengthsThatAreLongerThanNeeded) {
  // A length of 3 written in five bytes, as some writers reserve it.
  const std::string message = std::string("\x12\x83\x80\x80\x80\x00", 6) + "\x0a\x01x" + bytes_field(5, "z");
  const Source source{"test", message};
  EXPECT_EQ(apply(source, {}), message);
  EXPECT_EQ(apply(source, {{{6, 9}, {8, 9}, "y", std::nullopt}}),
            std::string("\x12\x83\x80\x80\x80\x00", 6) + "\x0a\x01y" + bytes_field(5, "z"));
}

TEST(Splice, SeveralEditsAndInsertionsAtBorders) {
  const std::string a = bytes_field(1, "aa");
  const std::string message = bytes_field(2, a) + bytes_field(2, a);
  const Source source{"test", message};
  const std::string out = apply(source, {{{2, 6}, {6, 6}, bytes_field(9, "end of the first"), std::nullopt},
                                         {{8, 12}, {8, 8}, bytes_field(9, "start of the second"), std::nullopt},
                                         {{0, 12}, {6, 6}, bytes_field(7, "between"), std::nullopt}});
  const auto fields = fields_of(out);
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].content, a + bytes_field(9, "end of the first"));
  EXPECT_EQ(fields[1].content, "between");
  EXPECT_EQ(fields[2].content, bytes_field(9, "start of the second") + a);
}

}  // namespace
}  // namespace evenkeel::test
