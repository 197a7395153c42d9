// SPDX-License-Identifier: Apache-2.0
// Words for roles: they stand in plans, so all of them are written out here once more.
#include "evenkeel/base/geometry.hpp"

#include <gtest/gtest.h>

#include <string>

namespace evenkeel {
namespace {

TEST(geometry, every_role_has_a_word_that_leads_back) {
  for (int i = 0; i <= static_cast<int>(Role::unknown); ++i) {
    const Role role = static_cast<Role>(i);
    EXPECT_EQ(find_role(to_string(role)), role) << to_string(role);
  }
  EXPECT_FALSE(find_role("Dense"));
}

TEST(geometry, words_and_fans) {
  const struct {
    Role role;
    const char* word;
    bool fans;
  } rows[] = {{Role::dense, "dense", true},
              {Role::packed_qkv, "packed_qkv", true},
              {Role::packed_gates, "packed_gates", true},
              {Role::per_head_out, "per_head_out", true},
              {Role::expert_stack, "expert_stack", true},
              {Role::router, "router", true},
              {Role::conv, "conv", true},
              {Role::depthwise_transposed_conv, "depthwise_transposed_conv", true},
              {Role::embedding, "embedding", true},
              {Role::position_embedding, "position_embedding", true},
              {Role::position_bias, "position_bias", true},
              {Role::token, "token", false},
              {Role::bias, "bias", false},
              {Role::packed_gate_bias, "packed_gate_bias", false},
              {Role::norm_scale, "norm_scale", false},
              {Role::running_var, "running_var", false},
              {Role::layer_scale, "layer_scale", false},
              {Role::constant, "constant", false},
              {Role::quantized, "quantized", false},
              {Role::unused, "unused", false},
              {Role::unknown, "unknown", false}};
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(row.role), row.word);
    EXPECT_EQ(has_fans(row.role), row.fans) << row.word;
  }
}

}  // namespace
}  // namespace evenkeel
