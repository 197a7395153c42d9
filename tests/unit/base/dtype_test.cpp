// SPDX-License-Identifier: Apache-2.0
// Names, sizes and what can be filled, type by type.
#include "evenkeel/base/dtype.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace evenkeel {
namespace {

TEST(dtype, every_name_leads_back_and_is_unique) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(DType::other); ++i) {
    const DType dtype = static_cast<DType>(i);
    EXPECT_EQ(find_dtype(to_string(dtype)), dtype);
    names.insert(to_string(dtype));
  }
  EXPECT_EQ(names.size(), 16U);
  EXPECT_FALSE(find_dtype("float"));
  EXPECT_FALSE(find_dtype(""));
}

TEST(dtype, sizes_and_kinds) {
  EXPECT_EQ(size_of(DType::f64), 8U);
  EXPECT_EQ(size_of(DType::f32), 4U);
  EXPECT_EQ(size_of(DType::bf16), 2U);
  EXPECT_EQ(size_of(DType::f8e4m3), 1U);
  EXPECT_EQ(size_of(DType::i16), 2U);
  EXPECT_EQ(size_of(DType::u64), 8U);
  EXPECT_EQ(size_of(DType::boolean), 1U);
  EXPECT_EQ(size_of(DType::other), 0U);
  EXPECT_TRUE(is_floating(DType::f8e5m2));
  EXPECT_FALSE(is_floating(DType::i8));
  EXPECT_FALSE(is_floating(DType::other));
  EXPECT_EQ(to_string(DType::f8e4m3), "float8_e4m3fn");
  EXPECT_EQ(to_string(DType::bf16), "bfloat16");
}

}  // namespace
}  // namespace evenkeel
