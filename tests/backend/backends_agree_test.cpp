// SPDX-License-Identifier: Apache-2.0
// Every backend that runs here, bit for bit against the portable one: laws x element types x odd lengths and offsets.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const Distribution laws[] = {Uniform{0, 1},
                             Uniform{-0.3, 0.3},
                             Uniform{1.5, 7},
                             Normal{0, 1},
                             Normal{0.25, 0.02},
                             TruncatedNormal{0, 1, -2, 2},
                             TruncatedNormal{0.1, 0.5, -0.3, 0.6},
                             TruncatedNormal{0, 1, -3, 3},
                             TruncatedNormal{0, 1, -0.5, infinity},
                             TruncatedNormal{0, 1, 1, 1.7},
                             TruncatedNormal{0, 1, -2, -1},
                             TruncatedNormal{0, 1, 8, 9},
                             TruncatedNormal{0, 1, -infinity, -3},
                             TruncatedNormal{0, 100, -1, 1},
                             LogUniform{0.01, 3},
                             LogUniform{0.05, 400},
                             LogUniform{1, 1.3},
                             Constant{0.7}};

class Agreement : public testing::TestWithParam<std::string> {};

TEST_P(Agreement, bit_for_bit_with_portable) {
  const std::string backend = GetParam();
  for (const Backend& known : backends()) {
    if (known.name == backend && !known.supported) GTEST_SKIP() << backend << " does not run on this processor";
  }
  const Stream stream = make_stream(0x123456789abcdef0, "agree");
  for (std::size_t law = 0; law < std::size(laws); ++law) {
    for (const DType dtype : floating_types) {
      for (const std::int64_t offset : {0L, 1L, 2L, 3L, 17L, (1L << 34) - 5}) {
        for (const std::int64_t count : {1, 2, 3, 4, 5, 7, 8, 9, 15, 31, 33, 63, 65, 67, 129, 1023, 4099}) {
          const View view{.global = {1L << 40}, .strides = {1}, .offset = offset};
          const auto expected = filled_bytes({count}, dtype, laws[law], stream, {.view = view, .threads = 1, .backend = "portable"});
          const auto got = filled_bytes({count}, dtype, laws[law], stream, {.view = view, .threads = 1, .backend = backend});
          ASSERT_EQ(got, expected) << "law " << law << ' ' << to_string(dtype) << " offset " << offset << " count " << count;
        }
      }
    }
  }
}

// Bounds that only the wide types hold: values below the normal numbers, and all exponents in one law.
TEST_P(Agreement, log_uniform_over_the_whole_range) {
  const std::string backend = GetParam();
  for (const Backend& known : backends()) {
    if (known.name == backend && !known.supported) GTEST_SKIP() << backend << " does not run on this processor";
  }
  const struct {
    DType dtype;
    double low, high;
  } rows[] = {{DType::f32, 0x1p-149, 0x1p-120}, {DType::f32, 0x1p-149, 0x1.fffffep127}, {DType::bf16, 0x1p-133, 1e38},
              {DType::f16, 0x1p-24, 65504},     {DType::f64, 0x1p-1074, 0x1p-1000},     {DType::f64, 0x1p-1074, 0x1.fffffffffffffp1023},
              {DType::f8e5m2, 0x1p-16, 57344}};
  for (const auto& row : rows) {
    const Distribution law = LogUniform{row.low, row.high};
    const Stream stream = make_stream(5, "agree");
    EXPECT_EQ(filled_bytes({20'011}, row.dtype, law, stream, {.threads = 1, .backend = backend}),
              filled_bytes({20'011}, row.dtype, law, stream, {.threads = 1, .backend = "portable"}))
        << to_string(row.dtype) << ' ' << row.low << ' ' << row.high;
  }
}

TEST_P(Agreement, long_runs_and_transposed_views_on_several_threads) {
  const std::string backend = GetParam();
  for (const Backend& known : backends()) {
    if (known.name == backend && !known.supported) GTEST_SKIP() << backend << " does not run on this processor";
  }
  const Stream stream = make_stream(1, "agree");
  for (const DType dtype : floating_types) {
    const View view{.global = {331, 607}, .strides = {1, 607}, .offset = 0};
    const auto expected = filled_bytes({607, 331}, dtype, Normal{}, stream, {.view = view, .threads = 1, .backend = "portable"});
    for (const int threads : {1, 2, 7}) {
      EXPECT_EQ(filled_bytes({607, 331}, dtype, Normal{}, stream, {.view = view, .threads = threads, .backend = backend}), expected);
    }
  }
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Backend& backend : backends()) {
    if (backend.name != "portable") result.emplace_back(backend.name);
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Backends, Agreement, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace evenkeel::test
