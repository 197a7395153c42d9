// SPDX-License-Identifier: Apache-2.0
// Golden values: the bits of stream v1 on every backend that runs here. They may not change; a new stream gets a new version.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "backend/vector_line.hpp"

namespace evenkeel::test {
namespace {

TEST(stream_v1, golden_values_on_every_backend) {
  std::ifstream file(EVENKEEL_TEST_DATA "/vectors/stream_v1.txt");
  ASSERT_TRUE(file.is_open());
  std::string text;
  int lines = 0;
  while (std::getline(file, text)) {
    if (text.empty() || text[0] == '#') continue;
    const VectorLine line = parse_vector_line(text);
    ASSERT_FALSE(line.bits.empty()) << text;
    for (const Backend& backend : backends()) {
      if (!backend.supported) continue;
      EXPECT_EQ(bits_of(line, backend.name), line.bits) << backend.name << ": " << text;
    }
    ++lines;
  }
  EXPECT_GE(lines, 300);
}

}  // namespace
}  // namespace evenkeel::test
