// SPDX-License-Identifier: Apache-2.0
// From scheme and geometry to the right distribution, per section, under views, in every type.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"
#include "evenkeel/fill/fill.hpp"
#include "geometries.hpp"

namespace evenkeel {
namespace {

const std::vector<Section> qkv_sections{{"q", 0, 64}, {"k", 64, 80}, {"v", 80, 96}};
const Geometry qkv = sectioned(make(Role::packed_qkv, "OI", {96, 32}), 0, qkv_sections);

TEST(Generate, IsTheFillOfTheLaw) {
  const Geometry geometry = make(Role::dense, "OI", {64, 50});
  const auto got = generated("he_normal", geometry);
  std::vector<float> expected(got.size());
  fill({expected.data(), DType::f32, geometry.shape, {}}, Normal{0, std::sqrt(2.0 / 50)}, test_stream);
  EXPECT_EQ(got, expected);
}

TEST(Generate, SectionsGetTheirOwnLawAndTheNumbersOfTheWhole) {
  const auto got = generated("glorot_normal", qkv);
  std::vector<float> unit(got.size());
  fill({unit.data(), DType::f32, qkv.shape, {}}, Normal{0, std::sqrt(2.0 / (32 + 64))}, test_stream);
  EXPECT_TRUE(std::equal(got.begin(), got.begin() + 64 * 32, unit.begin()));
  fill({unit.data(), DType::f32, qkv.shape, {}}, Normal{0, std::sqrt(2.0 / (32 + 16))}, test_stream);
  EXPECT_TRUE(std::equal(got.begin() + 64 * 32, got.end(), unit.begin() + 64 * 32));
}

TEST(Generate, FansMayBeGiven) {
  EXPECT_EQ(generated("glorot_normal", qkv, test_stream, {{32, 96}}), generated("normal(std=1/8)", qkv));
  EXPECT_EQ(generated("lecun_normal", qkv, test_stream, {{4, 1}, {4, 1}, {4, 1}}), generated("normal(std=0.5)", qkv));
  EXPECT_THROW(generated("lecun_normal", qkv, test_stream, {{4, 1}, {4, 1}}), Error);
  EXPECT_THROW(generated("lecun_normal", qkv, test_stream, {{0, 1}}), Error);
}

// A transposed copy, a shard and a strided corner of a tensor with sections, against the whole.
TEST(Generate, ViewsAreSlicesOfTheWhole) {
  struct Case {
    const char* scheme;
    Geometry geometry;
  };
  const Geometry heads = make(Role::per_head_in, "DHK", {32, 4, 24});
  const std::vector<Case> cases{{"normal(std=1)", qkv},
                                {"glorot_uniform", qkv},
                                {"glorot_normal(truncated=true)", qkv},
                                {"orthogonal", qkv},
                                {"orthogonal(gain=2)", heads},
                                {"log_uniform(0.001, 0.1)", qkv},
                                {"scaled_orthogonal", heads},
                                {"sparse(sparsity=0.3, std=1)", qkv},
                                {"identity", make(Role::dense, "OI", {96, 32})},
                                {"normal(std=1, padding_row=3)", make(Role::embedding, "VE", {96, 32})},
                                {"delta_orthogonal", make(Role::conv, "OIW", {96, 8, 4})},
                                {"dirac", make(Role::conv, "WIO", {4, 8, 96})}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.scheme);
    const auto whole = generated(c.scheme, c.geometry);
    const Shape shape{static_cast<std::int64_t>(whole.size()) / 32, 32};  // the owner's elements as 96 rows of 32
    struct Part {
      Shape shape;
      std::vector<std::int64_t> strides;
      std::int64_t offset;
    };
    const std::vector<Part> parts{
        {{32, 96}, {1, 32}, 0}, {{40, 16}, {32, 1}, 50 * 32 + 16}, {{5, 7, 2}, {64, 3, -1}, 1001}, {{3072}, {1}, 0}};
    ASSERT_EQ(shape[0], 96);
    for (const Part& part : parts) {
      std::vector<float> got(static_cast<std::size_t>(element_count(part.shape)), -77);
      generate({got.data(), DType::f32, part.shape, {}}, parse_scheme(c.scheme), c.geometry, test_stream, {},
               {.view = {c.geometry.shape, part.strides, part.offset}, .threads = 2});
      std::size_t at = 0;
      std::vector<std::int64_t> x(part.shape.size(), 0);
      for (; at < got.size(); ++at) {
        std::int64_t index = part.offset;
        for (std::size_t k = 0; k < x.size(); ++k) index += x[k] * part.strides[k];
        ASSERT_EQ(got[at], whole[static_cast<std::size_t>(index)]) << "element " << at << " of " << to_string(part.shape);
        for (std::size_t k = x.size(); k-- > 0;) {
          if (++x[k] < part.shape[k]) break;
          x[k] = 0;
        }
      }
    }
  }
}

TEST(Generate, WritesThroughStrides) {
  for (const char* scheme : {"glorot_uniform", "orthogonal"}) {
    const auto whole = generated(scheme, qkv);
    std::vector<float> wide(96 * 40, -1);
    generate({wide.data(), DType::f32, qkv.shape, {40, 1}}, parse_scheme(scheme), qkv, test_stream);
    for (std::size_t r = 0; r < 96; ++r) {
      for (std::size_t c = 0; c < 40; ++c) EXPECT_EQ(wide[r * 40 + c], c < 32 ? whole[r * 32 + c] : -1.0F);
    }
  }
}

TEST(Generate, ThreadsDoNotMatter) {
  for (const char* scheme : {"glorot_uniform", "orthogonal", "sparse(nonzeros=7, std=1)", "he_normal(truncated=true)"}) {
    EXPECT_EQ(generated(scheme, qkv, test_stream, {}, 1), generated(scheme, qkv, test_stream, {}, 7)) << scheme;
  }
  const Geometry depthwise = make(Role::depthwise_conv, "OIHW", {300, 1, 3, 3}, 300);
  EXPECT_EQ(generated("orthogonal", depthwise, test_stream, {}, 1), generated("orthogonal", depthwise, test_stream, {}, 7));
}

TEST(Generate, ShortTypesAreRoundedOnce) {
  for (const char* scheme : {"orthogonal", "identity", "sparse(sparsity=0.5)"}) {
    const auto exact = generated(scheme, qkv);
    std::vector<std::uint16_t> half(exact.size()), brain(exact.size());
    std::vector<std::uint8_t> e4m3(exact.size()), e5m2(exact.size());
    generate({half.data(), DType::f16, qkv.shape, {}}, parse_scheme(scheme), qkv, test_stream);
    generate({brain.data(), DType::bf16, qkv.shape, {}}, parse_scheme(scheme), qkv, test_stream);
    generate({e4m3.data(), DType::f8e4m3, qkv.shape, {}}, parse_scheme(scheme), qkv, test_stream);
    generate({e5m2.data(), DType::f8e5m2, qkv.shape, {}}, parse_scheme(scheme), qkv, test_stream);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      ASSERT_EQ(half[i], f16_from_float(exact[i])) << scheme;
      ASSERT_EQ(brain[i], bf16_from_float(exact[i])) << scheme;
      ASSERT_EQ(e4m3[i], f8e4m3_from_float(exact[i])) << scheme;
      ASSERT_EQ(e5m2[i], f8e5m2_from_float(exact[i])) << scheme;
    }
  }
}

TEST(Generate, ForgetBias) {
  const std::vector<Section> two_halves{{"i", 0, 4},   {"o", 4, 8},   {"f", 8, 12},  {"c", 12, 16},
                                        {"i", 16, 20}, {"o", 20, 24}, {"f", 24, 28}, {"c", 28, 32}};
  const Geometry onnx = sectioned(make(Role::packed_gate_bias, "", {2, 32}), 1, two_halves);
  const auto got = generated("lstm_forget_bias(value=2)", onnx);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(got[i], i % 32 >= 8 && i % 32 < 12 ? 2.0F : 0.0F) << i;
  EXPECT_THROW(generated("lstm_forget_bias(gate=q)", onnx), Error);
  EXPECT_THROW(generated("lstm_forget_bias", make(Role::bias, "", {16})), Error);
  const Expectation expectation = expectation_of(parse_scheme("lstm_forget_bias"), onnx);
  EXPECT_DOUBLE_EQ(expectation.mean, 1.0 / 8);
  EXPECT_DOUBLE_EQ(expectation.std, std::sqrt(1.0 / 8 - 1.0 / 64));
}

TEST(Generate, PaddingRowIsZeroAndMovesNothingElse) {
  const Geometry table = make(Role::embedding, "VE", {10, 4});
  auto expected = generated("normal(std=1)", table);
  std::fill(expected.begin() + 8, expected.begin() + 12, 0.0F);
  EXPECT_EQ(generated("normal(std=1, padding_row=2)", table), expected);
  EXPECT_DOUBLE_EQ(expectation_of(parse_scheme("normal(std=1, padding_row=2)"), table).std, std::sqrt(0.9));
  EXPECT_THROW(generated("normal(std=1, padding_row=10)", table), Error);
  EXPECT_THROW(generated("normal(std=1, padding_row=0)", qkv), Error);
}

std::string error_of(const std::string& scheme, const Geometry& geometry) {
  try {
    (void)generated(scheme, geometry);
    return "accepted";
  } catch (const Error& error) { return error.what(); }
}

TEST(Generate, SaysWhyItCannot) {
  const Geometry bias = make(Role::bias, "", {8});
  EXPECT_THAT(error_of("he_normal", bias), testing::AllOf(testing::HasSubstr("bias (8)"), testing::HasSubstr("zeros")));
  EXPECT_THAT(error_of("identity", bias), testing::AllOf(testing::HasSubstr("bias (8)"), testing::HasSubstr("zeros")));
  EXPECT_THAT(error_of("he_normal", make(Role::token, "", {1, 1, 32})), testing::HasSubstr("token (1, 1, 32)"));
  EXPECT_THAT(error_of("keep", qkv), testing::HasSubstr("stored bytes"));
  EXPECT_THAT(error_of("dirac", qkv), testing::HasSubstr("use identity"));
  EXPECT_THAT(error_of("identity", make(Role::conv, "OIHW", {8, 8, 3, 3})), testing::HasSubstr("use dirac"));
  EXPECT_THAT(error_of("delta_orthogonal", make(Role::conv, "OIHW", {4, 8, 3, 3})), testing::HasSubstr("4 and 8"));
  EXPECT_THAT(error_of("special_orthogonal", make(Role::conv, "OIHW", {8, 5, 3, 3})),
              testing::AllOf(testing::HasSubstr("8 outputs and 45 inputs"), testing::HasSubstr("use orthogonal")));
  EXPECT_THAT(error_of("special_orthogonal(gain=-1)", make(Role::dense, "OI", {8, 8})), testing::HasSubstr("gain > 0"));
  EXPECT_THAT(error_of("log_uniform(0, 1)", qkv), testing::HasSubstr("low > 0"));
  EXPECT_THAT(error_of("log_uniform(2, 1)", qkv), testing::HasSubstr("low <= high"));
  EXPECT_THAT(error_of("normal(std=-1)", qkv), testing::HasSubstr("std >= 0"));
  EXPECT_THAT(error_of("sparse", qkv), testing::HasSubstr("either sparsity or nonzeros"));
  EXPECT_THAT(error_of("sparse(nonzeros=97)", qkv), testing::HasSubstr("in [0, "));
  EXPECT_THAT(error_of("truncated_normal(1, low=-1.5, high=1.5, corrected=true)", qkv), testing::HasSubstr("2.5, 3 or 4"));
  std::vector<std::int32_t> integers(96 * 32);
  EXPECT_THROW(generate({integers.data(), DType::i32, qkv.shape, {}}, parse_scheme("zeros"), qkv, test_stream), Error);
  std::vector<float> small(6);
  EXPECT_THROW(generate({small.data(), DType::f32, {2, 3}, {}}, parse_scheme("zeros"), qkv, test_stream), Error);
  EXPECT_THROW(generate({small.data(), DType::f32, {2, 3}, {}}, parse_scheme("orthogonal"), qkv, test_stream, {},
                        {.view = {qkv.shape, {32, 1}, 95 * 32}, .threads = 1}),
               Error);
}

TEST(Generate, BackendsGiveTheSameNumbers) {
  const Geometry geometry = make(Role::packed_dense, "OI", {64, 33});
  const Geometry parts = sectioned(geometry, 0, {{"a", 0, 20}, {"b", 20, 64}});
  for (const Geometry& each : {geometry, parts}) {
    const auto expected = generated("glorot_normal", each);
    std::vector<float> got(expected.size());
    const TensorView out{got.data(), DType::f32, each.shape, {}};
    generate(out, parse_scheme("glorot_normal"), each, test_stream, {}, {.backend = "portable"});
    EXPECT_EQ(got, expected);
    EXPECT_THROW(generate(out, parse_scheme("glorot_normal"), each, test_stream, {}, {.backend = "quick"}), Error);
    EXPECT_THROW(generate(out, parse_scheme("orthogonal"), each, test_stream, {}, {.backend = "portable"}), Error);
  }
}

TEST(Generate, MemoryThatOverlapsIsRefused) {
  std::vector<float> memory(64);
  for (const char* scheme : {"orthogonal", "sparse(sparsity=0.5)", "identity", "normal(std=1)"}) {
    const TensorView out{memory.data(), DType::f32, {8, 8}, {1, 1}};
    EXPECT_THROW(generate(out, parse_scheme(scheme), make(Role::dense, "OI", {8, 8}), test_stream), Error) << scheme;
  }
}

TEST(Generate, MatricesStayWithinTheRangeOfTheType) {
  const Geometry geometry = make(Role::dense, "OI", {64, 64});
  std::vector<std::uint16_t> codes(64 * 64);
  const TensorView out{codes.data(), DType::f16, {64, 64}, {}};
  for (const char* scheme : {"orthogonal(gain=1e6)", "identity(gain=-1e6)", "sparse(sparsity=0.5, std=1e6)"}) {
    EXPECT_THROW(generate(out, parse_scheme(scheme), geometry, test_stream), Error) << scheme;
  }
  generate(out, parse_scheme("sparse(sparsity=0, std=60000)"), geometry, test_stream);
  float largest = 0;
  for (const std::uint16_t code : codes) largest = std::max(largest, std::abs(float_from_f16(code)));
  EXPECT_EQ(largest, 65504);  // 28 % of the normal numbers are beyond
}

TEST(Generate, AViewBeyondAllBoundsIsRefused) {
  std::vector<float> memory(5);
  const TensorView out{memory.data(), DType::f32, {5}, {}};
  for (const std::int64_t stride : {std::int64_t{1} << 62, -(std::int64_t{1} << 62), std::int64_t{2}}) {
    const GenerateOptions options{.view = {{8}, {stride}, 0}};
    EXPECT_THROW(generate(out, parse_scheme("normal(std=1)"), make(Role::unknown, "", {8}), test_stream, {}, options), Error) << stride;
  }
}

TEST(Generate, EmptyTensorsAreNoWork) {
  for (const char* scheme : {"he_normal", "orthogonal", "zeros", "identity"}) {
    EXPECT_TRUE(generated(scheme, make(Role::dense, "OI", {0, 8})).empty()) << scheme;
  }
}

}  // namespace
}  // namespace evenkeel
