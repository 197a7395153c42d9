// SPDX-License-Identifier: Apache-2.0
// The words for roles, one row each; they stand in plans, so a word never changes its meaning.
#include "evenkeel/base/geometry.hpp"

#include <array>

namespace evenkeel {
namespace {

struct Row {
  Role role;
  std::string_view name;
  bool fans;
};

constexpr std::array<Row, 43> rows = {{{Role::dense, "dense", true},
                                       {Role::packed_dense, "packed_dense", true},
                                       {Role::packed_qkv, "packed_qkv", true},
                                       {Role::packed_gate_up, "packed_gate_up", true},
                                       {Role::packed_gates, "packed_gates", true},
                                       {Role::per_head_in, "per_head_in", true},
                                       {Role::per_head_out, "per_head_out", true},
                                       {Role::expert_stack, "expert_stack", true},
                                       {Role::router, "router", true},
                                       {Role::conv, "conv", true},
                                       {Role::grouped_conv, "grouped_conv", true},
                                       {Role::depthwise_conv, "depthwise_conv", true},
                                       {Role::transposed_conv, "transposed_conv", true},
                                       {Role::grouped_transposed_conv, "grouped_transposed_conv", true},
                                       {Role::depthwise_transposed_conv, "depthwise_transposed_conv", true},
                                       {Role::embedding, "embedding", true},
                                       {Role::position_embedding, "position_embedding", true},
                                       {Role::position_bias, "position_bias", true},
                                       {Role::token, "token", false},
                                       {Role::query_embedding, "query_embedding", false},
                                       {Role::bias, "bias", false},
                                       {Role::packed_gate_bias, "packed_gate_bias", false},
                                       {Role::norm_scale, "norm_scale", false},
                                       {Role::norm_shift, "norm_shift", false},
                                       {Role::running_mean, "running_mean", false},
                                       {Role::running_var, "running_var", false},
                                       {Role::layer_scale, "layer_scale", false},
                                       {Role::residual_scale, "residual_scale", false},
                                       {Role::scale, "scale", false},
                                       {Role::temperature, "temperature", false},
                                       {Role::activation_slope, "activation_slope", false},
                                       {Role::weight_norm_gain, "weight_norm_gain", false},
                                       {Role::spline_coefficients, "spline_coefficients", false},
                                       {Role::ssm_a_log, "ssm_a_log", false},
                                       {Role::ssm_d, "ssm_d", false},
                                       {Role::ssm_dt_bias, "ssm_dt_bias", false},
                                       {Role::time_mix, "time_mix", false},
                                       {Role::time_decay, "time_decay", false},
                                       {Role::time_first, "time_first", false},
                                       {Role::constant, "constant", false},
                                       {Role::quantized, "quantized", false},
                                       {Role::unused, "unused", false},
                                       {Role::unknown, "unknown", false}}};
static_assert(static_cast<std::size_t>(Role::unknown) + 1 == rows.size());
static_assert([] {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].role) != i) return false;
  }
  return true;
}());

const Row& row_of(Role role) noexcept { return rows[static_cast<std::size_t>(role)]; }

}  // namespace

std::string_view to_string(Role role) noexcept { return row_of(role).name; }

std::optional<Role> find_role(std::string_view name) noexcept {
  for (const Row& row : rows) {
    if (row.name == name) return row.role;
  }
  return std::nullopt;
}

bool has_fans(Role role) noexcept { return row_of(role).fans; }

}  // namespace evenkeel
