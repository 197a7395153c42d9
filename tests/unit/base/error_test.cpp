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

TEST(error, keeps_start_and_end_of_a_long_message) {
  try {
    fail(ErrorCode::bad_file, "model.onnx: " + std::string(1'000'000, 'n') + "; export it again");
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_LT(message.size(), 4000);
    EXPECT_TRUE(message.starts_with("model.onnx: nnn"));
    EXPECT_TRUE(message.ends_with("nnn; export it again"));
  }
}

TEST(error, shows_zero_bytes) {
  try {
    fail(ErrorCode::bad_file, std::string("a\0b\0", 4));
    FAIL();
  } catch (const Error& error) { EXPECT_STREQ(error.what(), "a\\x00b\\x00"); }
}

}  // namespace
}  // namespace evenkeel
