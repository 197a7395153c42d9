// SPDX-License-Identifier: Apache-2.0
// The known answers of Philox on every backend: the kernels have the generator once more, on vectors. A uniform law whose grid has step 1
// gives back the upper 24 bits of each word (f32) and the upper 53 of each pair (f64).
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "fill/kernel_table.hpp"

namespace evenkeel {
namespace {

struct Answer {
  std::array<std::uint32_t, 10> w{};  // counter, key, result

  [[nodiscard]] std::uint64_t pair(std::size_t low) const { return w[low] | std::uint64_t{w[low + 1]} << 32; }
};

std::vector<Answer> answers() {
  std::ifstream file(EVENKEEL_TEST_DATA "/vectors/philox4x32.txt");
  std::vector<Answer> result;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream in(text);
    for (std::uint32_t& word : result.emplace_back().w) in >> std::hex >> word;
    EXPECT_FALSE(in.fail()) << text;
  }
  return result;
}

KernelArguments arguments_of(const Answer& answer) {
  KernelArguments arguments{};
  arguments.key[0] = answer.w[4];
  arguments.key[1] = answer.w[5];
  arguments.name = answer.pair(2);
  arguments.f32.grid_step = arguments.f32.scale = 1;
  arguments.f32.highest = 0x1p24F;
  arguments.f64.grid_step = arguments.f64.scale = 1;
  arguments.f64.highest = 0x1p53;
  return arguments;
}

// The block in question is in the middle of several, so that it passes through whole batches and through their rests.
template <class Real>
std::vector<Real> made(const KernelTable& table, const Answer& answer, DType dtype, std::uint64_t before, std::uint64_t blocks) {
  const std::size_t per_block = 16 / sizeof(Real);
  std::vector<Real> values(blocks * per_block);
  const Kernel kernel = table.kernels.of[static_cast<std::size_t>(Law::uniform)][static_cast<std::size_t>(dtype)];
  kernel(arguments_of(answer), answer.pair(0) - before, blocks, values.data());
  return {values.begin() + static_cast<std::ptrdiff_t>(before * per_block),
          values.begin() + static_cast<std::ptrdiff_t>((before + 1) * per_block)};
}

TEST(philox_kernels, known_answers_on_every_backend) {
  const std::vector<Answer> known = answers();
  ASSERT_EQ(known.size(), 4U);
  for (const KernelTable* table : kernel_tables()) {
    if (!table->supported()) continue;
    for (const Answer& answer : known) {
      for (const std::uint64_t before : {0, 1, 5, 9, 16}) {
        for (const std::uint64_t after : {1, 2, 8, 33}) {
          SCOPED_TRACE(std::string(table->name) + " before " + std::to_string(before) + " after " + std::to_string(after));
          const auto words = made<float>(*table, answer, DType::f32, before, before + after);
          for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(words[i], static_cast<float>(answer.w[6 + i] >> 8));
          const auto pairs = made<double>(*table, answer, DType::f64, before, before + after);
          for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(pairs[i], static_cast<double>(answer.pair(6 + 2 * i) >> 11));
        }
      }
    }
  }
}

}  // namespace
}  // namespace evenkeel
