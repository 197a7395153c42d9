// SPDX-License-Identifier: Apache-2.0
// The promise of fill(): values depend on the stream index alone; wrong arguments are refused with the reason.
#include "evenkeel/fill/fill.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "evenkeel/base/error.hpp"
#include "evenkeel/rng/philox.hpp"
#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

const Stream stream = make_stream(3, "w");

std::string refusal(const Distribution& law, DType dtype = DType::f32, const FillOptions& options = {}) {
  try {
    static_cast<void>(filled_bytes({8}, dtype, law, stream, options));
  } catch (const Error& error) { return error.code() == ErrorCode::invalid_argument ? error.what() : "another code"; }
  return "";
}

TEST(fill, same_bytes_for_any_number_of_threads) {
  for (const DType dtype : floating_types) {
    const std::vector<std::uint8_t> one = filled_bytes({700'001}, dtype, Normal{0, 1}, stream, {.threads = 1});
    for (const int threads : {2, 7}) EXPECT_EQ(filled_bytes({700'001}, dtype, Normal{0, 1}, stream, {.threads = threads}), one);
  }
}

TEST(fill, uniform_is_the_documented_function_of_the_words) {
  const std::vector<double> values = filled(4096, DType::f32, Uniform{0, 1}, stream);
  for (std::uint32_t i = 0; i < 4096; ++i) {
    const auto words =
        philox4x32({i / 4, 0, static_cast<std::uint32_t>(stream.name), static_cast<std::uint32_t>(stream.name >> 32)}, {3, 0});
    ASSERT_EQ(values[i], (words[i % 4] >> 8) * 0x1p-24);
  }
}

TEST(fill, a_seed_uses_all_of_its_64_bits) {
  EXPECT_NE(filled(64, DType::f32, Normal{}, Stream{1, 5}), filled(64, DType::f32, Normal{}, Stream{1 + (1ULL << 32), 5}));
  EXPECT_NE(filled(64, DType::f32, Normal{}, Stream{1, 5}), filled(64, DType::f32, Normal{}, Stream{1, 5 + (1ULL << 32)}));
}

TEST(fill, f64_has_a_stream_of_its_own) {
  const std::vector<double> wide = filled(4096, DType::f64, Uniform{}, stream);
  const std::vector<double> single = filled(4096, DType::f32, Uniform{}, stream);
  int close = 0;
  for (std::size_t i = 0; i < wide.size(); ++i) close += std::abs(wide[i] - single[i]) < 1e-6;
  EXPECT_EQ(close, 0);
}

TEST(fill, constants_are_rounded_once) {
  for (const DType dtype : floating_types) {
    for (const std::int64_t count : {1, 7, 5000}) {
      for (const double value : filled(count, dtype, Constant{0.1}, stream)) ASSERT_EQ(value, decode(dtype, encode(dtype, 0.1)));
    }
  }
  EXPECT_EQ(filled(3, DType::bf16, Normal{0.5, 0}, stream), (std::vector<double>{0.5, 0.5, 0.5}));
  EXPECT_EQ(filled(1, DType::f32, Uniform{-2, -2}, stream), std::vector<double>{-2});
  EXPECT_EQ(filled(1, DType::f32, LogUniform{2, 2}, stream), std::vector<double>{2});
  EXPECT_EQ(filled(1, DType::f32, TruncatedNormal{0, 0, -1, 1}, stream), std::vector<double>{0});
}

TEST(fill, no_elements_is_no_work) {
  fill({.data = nullptr, .dtype = DType::f32, .shape = {4, 0}, .strides = {}}, Normal{}, stream);
  EXPECT_THROW(fill({.data = nullptr, .dtype = DType::f32, .shape = {4}, .strides = {}}, Normal{}, stream), Error);
}

TEST(fill, refuses_wrong_parameters) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal(Normal{0, -1}), testing::HasSubstr("std >= 0"));
  EXPECT_THAT(refusal(Normal{nan, 1}), testing::HasSubstr("mean"));
  EXPECT_THAT(refusal(Normal{0, infinity}), testing::HasSubstr("std"));
  EXPECT_THAT(refusal(Uniform{1, 0}), testing::HasSubstr("low <= high"));
  EXPECT_THAT(refusal(Uniform{0, infinity}), testing::HasSubstr("high"));
  EXPECT_THAT(refusal(Uniform{-3e38, 2e38}), testing::HasSubstr("width"));
  EXPECT_THAT(refusal(Uniform{-1e39, 1e39}), testing::HasSubstr("float32"));
  EXPECT_THAT(refusal(TruncatedNormal{0, 1, 1, -1}), testing::HasSubstr("low <= high"));
  EXPECT_THAT(refusal(TruncatedNormal{0, 1, nan, 1}), testing::HasSubstr("low"));
  EXPECT_THAT(refusal(TruncatedNormal{5, 0, -1, 1}), testing::HasSubstr("std > 0"));
  EXPECT_THAT(refusal(Constant{1000}, DType::f8e4m3), testing::HasSubstr("float8_e4m3fn"));
  EXPECT_THAT(refusal(Uniform{1.01, 1.02}, DType::f8e4m3), testing::HasSubstr("at least one value"));
  EXPECT_THAT(refusal(LogUniform{0, 1}), testing::HasSubstr("0 < low <= high"));
  EXPECT_THAT(refusal(LogUniform{-1, 1}), testing::HasSubstr("0 < low <= high"));
  EXPECT_THAT(refusal(LogUniform{2, 1}), testing::HasSubstr("0 < low <= high"));
  EXPECT_THAT(refusal(LogUniform{nan, 1}), testing::HasSubstr("low"));
  EXPECT_THAT(refusal(LogUniform{1, infinity}), testing::HasSubstr("high"));
  EXPECT_THAT(refusal(LogUniform{1, 1000}, DType::f8e4m3), testing::HasSubstr("float8_e4m3fn"));
  EXPECT_THAT(refusal(LogUniform{0.001, 0.1}, DType::f8e4m3), testing::HasSubstr("least positive value"));
  EXPECT_THAT(refusal(LogUniform{1e-50, 1}), testing::HasSubstr("least positive value"));
  EXPECT_THAT(refusal(LogUniform{1.01, 1.02}, DType::f8e4m3), testing::HasSubstr("at least one value"));
  EXPECT_EQ(refusal(LogUniform{1e-50, 1}, DType::f64), "");
  EXPECT_THAT(refusal(Normal{}, DType::i32), testing::HasSubstr("int32"));
  EXPECT_EQ(refusal(TruncatedNormal{0, 1, -infinity, infinity}), "");
}

TEST(fill, a_backend_is_named_or_refused) {
  EXPECT_THAT(refusal(Normal{}, DType::f32, {.backend = "cuda"}),
              testing::AllOf(testing::HasSubstr("cuda"), testing::HasSubstr("portable")));
  EXPECT_EQ(backends().back().name, "portable");
  EXPECT_TRUE(backends().back().supported);
  for (const Backend& backend : backends()) EXPECT_FALSE(backend.description.empty());
}

// active_backend() reads the variable once per process: each value gets a process of its own.
void exit_with_backend(const char* name) {
  setenv("EVENKEEL_BACKEND", name, 1);
  try {
    std::_Exit(active_backend() == name ? 0 : 1);
  } catch (const Error& error) { std::_Exit(std::string(error.what()).find("portable") != std::string::npos ? 100 : 101); }
}

TEST(fill, the_forced_backend_is_the_active_one) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const Backend& backend : backends()) {
    EXPECT_EXIT(exit_with_backend(std::string(backend.name).c_str()), testing::ExitedWithCode(backend.supported ? 0 : 100), "")
        << backend.name;
  }
  EXPECT_EXIT(exit_with_backend("sse9"), testing::ExitedWithCode(100), "");
}

}  // namespace
}  // namespace evenkeel::test
