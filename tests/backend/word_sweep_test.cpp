// SPDX-License-Identifier: Apache-2.0
// All 2^32 words through the f32 maps, as radius and as angle of a normal and through the laws of one word, on every backend that runs
// here. One last bit of one value anywhere changes the hash, and the hashes stand in a file. Two idle cores take about five minutes, nearly
// all of it for the portable code, whose fma is made of other operations.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "backend/word_sweep.hpp"

namespace evenkeel::test {
namespace {

struct Case {
  std::string text;
  const KernelTable* table;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.table->name << ": " << c.text; }

std::vector<Case> cases() {
  std::vector<Case> result;
  std::ifstream file(EVENKEEL_TEST_DATA "/vectors/word_sweep.txt");
  std::string text;
  while (std::getline(file, text)) {
    if (text.empty() || text[0] == '#') continue;
    for (const KernelTable* table : kernel_tables()) result.push_back({text, table});
  }
  return result;
}

class WordSweep : public testing::TestWithParam<Case> {};

TEST_P(WordSweep, gives_the_golden_hash) {
  const auto& [text, table] = GetParam();
  if (!table->supported()) GTEST_SKIP() << table->name << " does not run on this processor";
  const SweepLine line = parse_sweep_line(text);
  ASSERT_FALSE(line.hash.empty()) << text;
  // Without an fma instruction the truncated law alone would take minutes: a quarter of its words there, against a backend that does them
  // all.
  const KernelTable& fastest = choose_table({});
  if (line.map == "truncated" && table == &portable_table && &fastest != table) {
    EXPECT_EQ(sweep(*table, line, 4), sweep(fastest, line, 4)) << text;
    return;
  }
  EXPECT_EQ(sweep(*table, line), line.hash) << table->name << ": " << text;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.text.substr(0, info.param.text.find(' ')) + "_" + std::to_string(info.index) + "_" + info.param.table->name;
}

INSTANTIATE_TEST_SUITE_P(Maps, WordSweep, testing::ValuesIn(cases()), name_of);

// The check itself: the last bit of one value moves the hash.
TEST(word_sweep, one_bit_is_seen) {
  std::vector<float> values(1 << 14, 1.5F);
  const std::uint64_t before = hash_bytes(1, values.data(), values.size() * sizeof(float));
  values[777] = 0x1.800002p0F;
  EXPECT_NE(hash_bytes(1, values.data(), values.size() * sizeof(float)), before);
}

// What the sweeps of radius and angle rest on.
TEST(word_sweep, partners_pass_the_other_half_on) {
  std::vector<std::uint32_t> words(64);
  std::vector<float> radius(64), even_and_odd(128);
  for (std::uint32_t i = 0; i < 64; ++i) words[i] = i * 0x03ffffff + 12345;
  portable_table.kernels.words.radius({}, 0, words.data(), 64, radius.data());
  for (std::size_t i = 0; i < 64; ++i) {
    const double u = (words[i] + 0.5) * 0x1p-32;
    EXPECT_NEAR(radius[i], std::sqrt(-2 * std::log(u)), 1e-6);
  }
  portable_table.kernels.words.angle({}, unit_radius_word(), words.data(), 64, even_and_odd.data());
  for (std::size_t i = 0; i < 64; ++i) {
    const double turn = 2 * std::acos(-1.0) * (words[i] + 0.5) * 0x1p-32;
    EXPECT_NEAR(even_and_odd[i], std::cos(turn), 1e-6);
    EXPECT_NEAR(even_and_odd[64 + i], std::sin(turn), 1e-6);
  }
}

}  // namespace
}  // namespace evenkeel::test
