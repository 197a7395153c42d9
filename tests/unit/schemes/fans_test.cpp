// SPDX-License-Identifier: Apache-2.0
// True fans of every role and layout, counted again by brute force where there is a way to count, and what frameworks compute instead.
#include "evenkeel/schemes/fans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "evenkeel/base/error.hpp"

namespace evenkeel {

void PrintTo(const Fans& fans, std::ostream* stream) { *stream << fans.fan_in << " -> " << fans.fan_out; }

namespace {

Geometry make(Role role, std::string layout, Shape shape, std::int64_t groups = 1, std::vector<std::int64_t> stride = {}) {
  return {role, std::move(layout), std::move(shape), groups, std::move(stride), {}, -1, {}};
}

Geometry sectioned(Geometry geometry, int axis, std::vector<Section> sections) {
  geometry.section_axis = axis;
  geometry.sections = std::move(sections);
  return geometry;
}

struct Row {
  const char* what;
  Geometry geometry;
  Fans exact, pytorch, keras, jax;
};

// The numbers of one layer in each framework's own storage, whatever the layout of the file.
std::vector<Row> rows() {
  const std::vector<Section> qkv{{"q", 0, 64}, {"k", 64, 80}, {"v", 80, 96}};
  const std::vector<Section> gates{{"i", 0, 8}, {"o", 8, 16}, {"f", 16, 24}, {"c", 24, 32}};
  const std::vector<Section> gate_up{{"gate", 0, 48}, {"up", 48, 96}};
  return {
      {"dense OI", make(Role::dense, "OI", {30, 20}), {20, 30}, {20, 30}, {20, 30}, {20, 30}},
      {"dense IO", make(Role::dense, "IO", {20, 30}), {20, 30}, {20, 30}, {20, 30}, {20, 30}},
      {"router", make(Role::router, "OI", {4, 32}), {32, 4}, {32, 4}, {32, 4}, {32, 4}},
      {"conv OIHW", make(Role::conv, "OIHW", {64, 3, 7, 7}, 1, {2, 2}), {147, 3136}, {147, 3136}, {147, 3136}, {147, 3136}},
      {"conv HWIO", make(Role::conv, "HWIO", {7, 7, 3, 64}), {147, 3136}, {147, 3136}, {147, 3136}, {147, 3136}},
      {"conv OHWI", make(Role::conv, "OHWI", {64, 7, 7, 3}), {147, 3136}, {147, 3136}, {147, 3136}, {147, 3136}},
      {"conv 1-d", make(Role::conv, "OIW", {8, 4, 5}), {20, 40}, {20, 40}, {20, 40}, {20, 40}},
      {"conv 3-d", make(Role::conv, "OIDHW", {8, 4, 3, 3, 3}), {108, 216}, {108, 216}, {108, 216}, {108, 216}},
      {"grouped conv", make(Role::grouped_conv, "OIHW", {64, 32, 3, 3}, 4), {288, 144}, {288, 576}, {288, 576}, {288, 576}},
      {"grouped conv HWIO", make(Role::grouped_conv, "HWIO", {3, 3, 32, 64}, 4), {288, 144}, {288, 576}, {288, 576}, {288, 576}},
      {"depthwise", make(Role::depthwise_conv, "OIHW", {8, 1, 3, 3}, 8), {9, 9}, {9, 72}, {72, 9}, {9, 72}},
      {"depthwise, multiplier 2", make(Role::depthwise_conv, "OIHW", {16, 1, 3, 3}, 8), {9, 18}, {9, 144}, {72, 18}, {9, 144}},
      {"depthwise Keras", make(Role::depthwise_conv, "HWIM", {3, 3, 8, 2}, 8), {9, 18}, {9, 144}, {72, 18}, {9, 144}},
      {"depthwise (h, w, C, M)", make(Role::depthwise_conv, "HWCM", {3, 3, 8, 2}, 8), {9, 18}, {9, 144}, {72, 18}, {9, 144}},
      {"transposed", make(Role::transposed_conv, "IOHW", {16, 256, 4, 4}, 1, {2, 2}), {64, 4096}, {4096, 256}, {4096, 256}, {256, 4096}},
      {"transposed Keras",
       make(Role::transposed_conv, "HWOI", {4, 4, 256, 16}, 1, {2, 2}),
       {64, 4096},
       {4096, 256},
       {4096, 256},
       {256, 4096}},
      {"transposed, mean fan", make(Role::transposed_conv, "IOW", {3, 5, 3}, 1, {2}), {4.5, 15}, {15, 9}, {15, 9}, {9, 15}},
      {"grouped transposed",
       make(Role::grouped_transposed_conv, "IOHW", {16, 8, 4, 4}, 2, {2, 2}),
       {32, 128},
       {128, 256},
       {128, 256},
       {128, 256}},
      {"depthwise transposed", make(Role::depthwise_transposed_conv, "IOHW", {8, 1, 3, 3}, 8), {9, 9}, {9, 72}, {9, 72}, {9, 72}},
      {"packed QKV, grouped queries", sectioned(make(Role::packed_qkv, "OI", {96, 32}), 0, qkv), {32, 64}, {32, 96}, {32, 96}, {32, 64}},
      {"packed QKV IO", sectioned(make(Role::packed_qkv, "IO", {32, 96}), 1, qkv), {32, 64}, {32, 96}, {32, 96}, {32, 64}},
      {"packed gates", sectioned(make(Role::packed_gates, "OI", {32, 20}), 0, gates), {20, 8}, {20, 32}, {20, 32}, {20, 8}},
      {"packed gates IO", sectioned(make(Role::packed_gates, "IO", {20, 32}), 1, gates), {20, 8}, {20, 32}, {20, 32}, {20, 8}},
      {"packed gates ONNX", sectioned(make(Role::packed_gates, "GOI", {2, 32, 20}), 1, gates), {20, 8}, {20, 32}, {20, 32}, {20, 8}},
      {"packed gate and up", sectioned(make(Role::packed_gate_up, "OI", {96, 32}), 0, gate_up), {32, 48}, {32, 96}, {32, 96}, {32, 48}},
      {"per head in", make(Role::per_head_in, "DHK", {12, 3, 5}), {12, 15}, {12, 15}, {36, 60}, {12, 15}},
      {"per head out", make(Role::per_head_out, "HKD", {3, 5, 12}), {15, 12}, {15, 12}, {15, 36}, {15, 12}},
      {"experts EIO", make(Role::expert_stack, "EIO", {8, 1024, 4096}), {1024, 4096}, {4194304, 8192}, {8192, 32768}, {8192, 32768}},
      {"experts EOI", make(Role::expert_stack, "EOI", {4, 32, 48}), {48, 32}, {1536, 192}, {192, 128}, {192, 128}},
      {"experts, gate and up",
       sectioned(make(Role::expert_stack, "EOI", {4, 96, 32}), 1, gate_up),
       {32, 48},
       {3072, 128},
       {128, 384},
       {128, 384}},
      {"embedding", make(Role::embedding, "VE", {128, 32}), {1, 32}, {32, 128}, {128, 32}, {32, 128}},
      {"embedding, transposed", make(Role::embedding, "EV", {32, 128}), {1, 32}, {32, 128}, {128, 32}, {32, 128}},
      {"position bias", make(Role::position_bias, "VE", {32, 4}), {1, 4}, {4, 32}, {32, 4}, {4, 32}},
      {"empty", make(Role::dense, "OI", {0, 0}), {1, 1}, {1, 1}, {1, 1}, {1, 1}},
  };
}

TEST(Fans, EveryRoleAndLayout) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(fans_of(row.geometry), row.exact);
    EXPECT_EQ(framework_fans_of(row.geometry, FanRule::pytorch), row.pytorch);
    EXPECT_EQ(framework_fans_of(row.geometry, FanRule::keras), row.keras);
    EXPECT_EQ(framework_fans_of(row.geometry, FanRule::jax), row.jax);
  }
}

// PyTorch (8, 1024, 4096) gives (4194304, 32768): there the second axis is "in", whatever it means.
TEST(Fans, SectionsHaveTheirOwn) {
  const Geometry qkv = sectioned(make(Role::packed_qkv, "OI", {96, 32}), 0, {{"q", 0, 64}, {"k", 64, 80}, {"v", 80, 96}});
  EXPECT_THAT(section_fans_of(qkv), testing::ElementsAre(Fans{32, 64}, Fans{32, 16}, Fans{32, 16}));
  EXPECT_THAT(section_fans_of(qkv, FanRule::pytorch), testing::Each(Fans{32, 96}));
  EXPECT_THAT(section_fans_of(make(Role::dense, "OI", {3, 2})), testing::ElementsAre(Fans{2, 3}));
}

// The definition: weights that meet in one output of a 1-d convolution of ones, outputs that one input reaches; means over the middle.
struct Counted {
  double in = 0, out = 0;
};
Counted count(std::int64_t in, std::int64_t out, std::int64_t k, std::int64_t groups, std::int64_t stride, bool transposed) {
  const std::int64_t length = 24, period = 12;
  std::vector<double> meets(static_cast<std::size_t>(length * 4), 0), reaches(static_cast<std::size_t>(length), 0);
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t t = 0; t < k; ++t) {
      const std::int64_t small = i;  // position on the coarse side
      const std::int64_t fine = i * stride + t;
      const std::int64_t to = transposed ? fine : small;
      if (to < static_cast<std::int64_t>(meets.size())) meets[static_cast<std::size_t>(to)] += static_cast<double>(in / groups);
      reaches[static_cast<std::size_t>(i)] += static_cast<double>(out / groups);
    }
  }
  Counted counted;
  for (std::int64_t p = 0; p < period; ++p) counted.in += meets[static_cast<std::size_t>(period + p)];
  for (std::int64_t p = 0; p < period / 2; ++p) counted.out += reaches[static_cast<std::size_t>(period / 2 + p)];
  return {counted.in / period, counted.out / (period / 2.0)};
}

TEST(Fans, AgreeWithCounting) {
  for (const std::int64_t groups : {1, 2, 6}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t k : {1, 3, 4, 5}) {
        SCOPED_TRACE(testing::Message() << groups << " groups, stride " << stride << ", kernel " << k);
        const Counted up = count(6, 12, k, groups, stride, true);
        const Fans transposed = fans_of(make(Role::transposed_conv, "IOW", {6, 12 / groups, k}, groups, {stride}));
        EXPECT_DOUBLE_EQ(transposed.fan_in, std::max(1.0, up.in));
        EXPECT_DOUBLE_EQ(transposed.fan_out, up.out);
        const Counted plain = count(6, 12, k, groups, 1, false);
        EXPECT_EQ(fans_of(make(Role::grouped_conv, "OIW", {12, 6 / groups, k}, groups, {stride})), (Fans{plain.in, plain.out}));
      }
    }
  }
}

void expect_refused(const Geometry& geometry, const char* word) {
  try {
    (void)fans_of(geometry);
    FAIL() << "expected a refusal that says " << word;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr(word));
  }
}

TEST(Fans, RefusesWhatItWouldHaveToGuess) {
  expect_refused(make(Role::bias, "", {8}), "bias (8)");
  expect_refused(make(Role::dense, "", {8, 8}), "declared layout");
  expect_refused(make(Role::dense, "OI", {8}), "one letter per axis");
  expect_refused(make(Role::dense, "OX", {8, 8}), "'X'");
  expect_refused(make(Role::dense, "HW", {8, 8}), "output axis");
  expect_refused(make(Role::grouped_conv, "OIHW", {10, 2, 3, 3}, 4), "4 groups");
  expect_refused(make(Role::conv, "OIHW", {8, 2, 3, 3}, 1, {2}), "one stride per spatial axis (2)");
  expect_refused(make(Role::conv, "OIHW", {8, 2, 3, 3}, 0), "groups of at least 1");
  expect_refused(sectioned(make(Role::packed_qkv, "OI", {96, 32}), 0, {{"q", 0, 32}, {"k", 40, 96}}), "'k' at [40, 96)");
  expect_refused(sectioned(make(Role::packed_qkv, "OI", {96, 32}), 0, {{"q", 0, 32}}), "size 96");
  expect_refused(sectioned(make(Role::packed_qkv, "OI", {96, 32}), 2, {{"q", 0, 96}}), "section axis");
}

}  // namespace
}  // namespace evenkeel
