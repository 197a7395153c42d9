// SPDX-License-Identifier: Apache-2.0
// Counts, strides and text of shapes; products that overflow are refused, never wrapped.
#include "evenkeel/base/shape.hpp"

#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

constexpr std::int64_t big = std::int64_t{1} << 32;

TEST(shape, counts_elements) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({64, 3, 7, 7}), 9408);
  EXPECT_EQ(element_count({big, 0, big}), 0);
  EXPECT_EQ(element_count({big, big / 4}), std::int64_t{1} << 62);
}

TEST(shape, refuses_negative_dimensions_and_overflow) {
  EXPECT_THROW(static_cast<void>(element_count({2, -1})), Error);
  EXPECT_THROW(static_cast<void>(element_count({0, -1})), Error);
  EXPECT_THROW(static_cast<void>(element_count({big, big / 2})), Error);
  EXPECT_THROW(static_cast<void>(element_count({big, big})), Error);
  EXPECT_THROW(static_cast<void>(row_major_strides({big, big})), Error);
  EXPECT_THROW(static_cast<void>(row_major_strides({0, big, big})), Error);
}

TEST(shape, row_major_strides) {
  EXPECT_EQ(row_major_strides({2, 3, 4}), (std::vector<std::int64_t>{12, 4, 1}));
  EXPECT_EQ(row_major_strides({}), std::vector<std::int64_t>{});
  EXPECT_EQ(row_major_strides({5, 0, 4}), (std::vector<std::int64_t>{4, 4, 1}));
}

TEST(shape, text) {
  EXPECT_EQ(to_string(Shape{64, 3, 7, 7}), "(64, 3, 7, 7)");
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{-1, 8}), "(?, 8)");
}

}  // namespace
}  // namespace evenkeel
