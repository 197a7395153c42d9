// SPDX-License-Identifier: Apache-2.0
// fail() carries code and message.
#include "evenkeel/base/error.hpp"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(error, carries_code_and_message) {
  try {
    fail(ErrorCode::bad_file, "a.onnx: byte 12");
    FAIL() << "fail() returned";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    EXPECT_STREQ(error.what(), "a.onnx: byte 12");
  }
}

}  // namespace
}  // namespace evenkeel
