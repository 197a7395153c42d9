// SPDX-License-Identifier: Apache-2.0
// Views: shards of every factorisation, flat ranges, transposed and reversed copies hold the numbers of the whole tensor.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "evenkeel/base/error.hpp"
#include "unit/fill/filled.hpp"

namespace evenkeel::test {
namespace {

const Stream stream = make_stream(11, "layer.weight");

// Checks every element of a strided fill against the whole tensor, and that nothing else was written.
void expect_view(const Shape& global, DType dtype, const Shape& shape, const View& view, std::vector<std::int64_t> memory, int threads) {
  const std::size_t size = size_of(dtype);
  const std::vector<std::uint8_t> whole = filled_bytes(global, dtype, Normal{0.5, 2}, stream);
  const std::vector<std::int64_t> to = memory.empty() ? row_major_strides(shape) : memory;
  const std::vector<std::int64_t> from = view.strides.empty() ? row_major_strides(view.global) : view.strides;
  std::int64_t reach = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) reach += (shape[k] - 1) * to[k];
  std::vector<std::uint8_t> expected(static_cast<std::size_t>(reach) * size, 0xA5);
  std::vector<std::uint8_t> got = expected;
  const std::int64_t count = element_count(shape);
  const std::vector<std::int64_t> places = row_major_strides(shape);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t at = 0;
    std::int64_t index = view.offset;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const std::int64_t x = i / places[k] % shape[k];
      at += x * to[k];
      index += x * from[k];
    }
    std::copy_n(whole.begin() + index * static_cast<std::int64_t>(size), size, expected.begin() + at * static_cast<std::int64_t>(size));
  }
  fill({.data = got.data(), .dtype = dtype, .shape = shape, .strides = memory}, Normal{0.5, 2}, stream, {.view = view, .threads = threads});
  ASSERT_EQ(got, expected) << to_string(shape) << " of " << to_string(global) << ' ' << to_string(dtype);
}

// Calls body with every way of cutting each axis into equal parts.
template <class Body>
void for_each_sharding(const Shape& global, const Body& body) {
  Shape parts(global.size(), 1);
  for (;;) {
    bool divides = true;
    for (std::size_t k = 0; k < global.size(); ++k) divides = divides && global[k] % parts[k] == 0;
    if (divides) body(parts);
    std::size_t k = 0;
    while (k < global.size() && ++parts[k] > global[k]) parts[k++] = 1;
    if (k == global.size()) return;
  }
}

TEST(view, every_sharding_reproduces_the_whole) {
  for (const Shape& global : {Shape{24}, Shape{6, 10}, Shape{4, 3, 6}, Shape{3, 2, 5, 4}}) {
    for (const DType dtype : {DType::f64, DType::f32, DType::bf16, DType::f8e5m2}) {
      const std::vector<std::int64_t> strides = row_major_strides(global);
      for_each_sharding(global, [&](const Shape& parts) {
        Shape shape = global;
        for (std::size_t k = 0; k < global.size(); ++k) shape[k] /= parts[k];
        for (std::int64_t shard = 0; shard < element_count(parts); ++shard) {
          std::int64_t rest = shard;
          std::int64_t offset = 0;
          for (std::size_t k = 0; k < global.size(); ++k) {
            offset += rest % parts[k] * shape[k] * strides[k];
            rest /= parts[k];
          }
          expect_view(global, dtype, shape, {.global = global, .strides = strides, .offset = offset}, {}, 1);
        }
      });
    }
  }
}

TEST(view, flat_ranges) {
  const Shape global{37, 53};
  for (const DType dtype : floating_types) {
    for (const std::int64_t offset : {0, 1, 2, 3, 5, 1000}) {
      for (const std::int64_t count : {1, 2, 3, 4, 5, 63, 64, 65, 127, 961}) {
        expect_view(global, dtype, {count}, {.global = global, .strides = {1}, .offset = offset}, {}, 1);
      }
    }
  }
}

TEST(view, transposed_reversed_and_strided) {
  for (const DType dtype : floating_types) {
    for (const int threads : {1, 2, 7}) {
      expect_view({70, 45}, dtype, {45, 70}, {.global = {70, 45}, .strides = {1, 45}, .offset = 0}, {}, threads);
      expect_view({300, 20}, dtype, {20, 300}, {.global = {300, 20}, .strides = {1, 20}, .offset = 0}, {}, threads);
      expect_view({6, 7, 8}, dtype, {8, 6, 7}, {.global = {6, 7, 8}, .strides = {1, 56, 8}, .offset = 0}, {}, threads);
      expect_view({30, 40}, dtype, {30, 40}, {.global = {30, 40}, .strides = {-40, -1}, .offset = 1199}, {}, threads);
      expect_view({30, 40}, dtype, {30, 40}, {.global = {30, 40}, .strides = {40, -1}, .offset = 39}, {}, threads);
      expect_view({500, 3}, dtype, {500}, {.global = {500, 3}, .strides = {3}, .offset = 1}, {}, threads);
      expect_view({20, 100}, dtype, {20}, {.global = {20, 100}, .strides = {100}, .offset = 99}, {}, threads);
      expect_view({20, 100}, dtype, {4, 20}, {.global = {20, 100}, .strides = {0, 100}, .offset = 7}, {}, threads);
      expect_view({9, 11}, dtype, {9, 11}, {.global = {9, 11}, .strides = {11, 1}, .offset = 0}, {16, 1}, threads);
      expect_view({9, 11}, dtype, {9, 11}, {.global = {9, 11}, .strides = {11, 1}, .offset = 0}, {1, 9}, threads);
      expect_view({9, 11}, dtype, {9, 11}, {.global = {9, 11}, .strides = {11, 1}, .offset = 0}, {3, 30}, threads);
    }
  }
}

TEST(view, a_single_element_of_rank_0) {
  const std::vector<double> whole = filled(5, DType::f32, Normal{0, 1}, stream);
  float value = 0;
  fill({.data = &value, .dtype = DType::f32, .shape = {}, .strides = {}}, Normal{0, 1}, stream);
  EXPECT_EQ(static_cast<double>(value), whole[0]);
  fill({.data = &value, .dtype = DType::f32, .shape = {}, .strides = {}}, Normal{0, 1}, stream,
       {.view = {.global = {5}, .strides = {}, .offset = 3}});
  EXPECT_EQ(static_cast<double>(value), whole[3]);
}

TEST(view, a_large_transposed_copy_on_several_threads) {
  const Shape global{600, 700};
  expect_view(global, DType::f32, {700, 600}, {.global = global, .strides = {1, 700}, .offset = 0}, {}, 2);
  expect_view(global, DType::bf16, {700, 600}, {.global = global, .strides = {1, 700}, .offset = 0}, {}, 7);
}

TEST(view, refuses_what_leaves_the_tensor_or_overlaps) {
  float memory[64] = {};
  const auto refused = [&](const Shape& shape, const View& view, const std::vector<std::int64_t>& strides = {}) {
    try {
      fill({.data = memory, .dtype = DType::f32, .shape = shape, .strides = strides}, Normal{}, stream, {.view = view});
    } catch (const Error& error) { return error.code() == ErrorCode::invalid_argument; }
    return false;
  };
  EXPECT_FALSE(refused({2, 3}, {.global = {4, 6}, .strides = {6, 1}, .offset = 15}));
  EXPECT_TRUE(refused({2, 3}, {.global = {4, 6}, .strides = {6, 1}, .offset = 16}));
  EXPECT_TRUE(refused({2, 3}, {.global = {4, 6}, .strides = {6, 1}, .offset = -1}));
  EXPECT_TRUE(refused({2, 3}, {.global = {4, 6}, .strides = {-6, 1}, .offset = 5}));
  EXPECT_TRUE(refused({2, 3}, {.global = {4, 6}, .strides = {1}, .offset = 0}));
  EXPECT_TRUE(refused({2, 3}, {.global = {6}, .strides = {}, .offset = 0}));
  EXPECT_TRUE(refused({2, 3}, {.global = {}, .strides = {3, 1}, .offset = 0}));
  EXPECT_TRUE(refused({2}, {.global = {4}, .strides = {std::int64_t{1} << 62}, .offset = std::int64_t{1} << 62}));
  EXPECT_TRUE(refused({2, -3}, {}));
  EXPECT_TRUE(refused({2, 3}, {}, {3}));
  EXPECT_TRUE(refused({2, 3}, {}, {0, 1}));
  EXPECT_TRUE(refused({2, 3}, {}, {2, 1}));
  EXPECT_TRUE(refused({2, 3}, {}, {3, -1}));
  EXPECT_FALSE(refused({2, 3}, {}, {4, 1}));
}

}  // namespace
}  // namespace evenkeel::test
