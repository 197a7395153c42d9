// SPDX-License-Identifier: Apache-2.0
// Known answers, from a text file that other implementations can read too.
#include "evenkeel/rng/philox.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace evenkeel {
namespace {

// It is a constant expression.
static_assert(philox4x32({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);

TEST(philox4x32, known_answers) {
  std::ifstream file(EVENKEEL_TEST_DATA "/vectors/philox4x32.txt");
  ASSERT_TRUE(file.is_open());
  std::string text;
  int lines = 0;
  while (std::getline(file, text)) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream in(text);
    std::array<std::uint32_t, 10> w{};
    for (std::uint32_t& word : w) in >> std::hex >> word;
    ASSERT_FALSE(in.fail()) << text;
    const std::array<std::uint32_t, 4> expected{w[6], w[7], w[8], w[9]};
    EXPECT_EQ(philox4x32({w[0], w[1], w[2], w[3]}, {w[4], w[5]}), expected) << text;
    ++lines;
  }
  EXPECT_EQ(lines, 4);
}

TEST(philox4x32, the_value_that_the_standard_requires) { EXPECT_EQ(philox4x32({9999 / 4, 0, 0, 0}, {20111115, 0})[9999 % 4], 1955073260U); }

}  // namespace
}  // namespace evenkeel
