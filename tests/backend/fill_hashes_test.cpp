// SPDX-License-Identifier: Apache-2.0
// Golden hashes of whole tensors and views: every law, element type and kind of orthogonal matrix, for 1, 2 and 7 threads, on the backend
// that EVENKEEL_BACKEND names (ctest runs this program once for each).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "backend/fill_hash.hpp"
#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {
namespace {

TEST(fill_hashes, stand_in_the_file) {
  const char* wanted = std::getenv("EVENKEEL_BACKEND");
  for (const Backend& backend : backends()) {
    if (wanted != nullptr && backend.name == wanted && !backend.supported) GTEST_SKIP() << wanted << " does not run on this processor";
  }
  if (wanted != nullptr) { ASSERT_EQ(active_backend(), wanted); }
  std::ifstream file(EVENKEEL_TEST_DATA "/vectors/fill_hashes.txt");
  ASSERT_TRUE(file.is_open());
  std::string text;
  std::set<std::string> inputs, hashes;
  while (std::getline(file, text)) {
    if (text.empty() || text[0] == '#') continue;
    const HashLine line = parse_hash_line(text);
    ASSERT_FALSE(line.hash.empty()) << text;
    EXPECT_TRUE(inputs.insert(line.inputs).second) << "twice: " << text;
    hashes.insert(line.hash);
    for (const int threads : {1, 2, 7}) EXPECT_EQ(hash_of(line, threads), line.hash) << threads << " threads: " << text;
  }
  EXPECT_GE(inputs.size(), 300U);
  EXPECT_GE(hashes.size(), inputs.size() * 9 / 10);  // different lines are different values, but for constants
}

}  // namespace
}  // namespace evenkeel::test
