// SPDX-License-Identifier: Apache-2.0
// What a tensor is to its layer: role, meaning of the axes, groups, strides and packed sections. Fans are derived from this, never from the
// rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/shape.hpp"

namespace evenkeel {

enum class Role : std::uint8_t {
  dense,
  packed_dense,
  packed_qkv,
  packed_gate_up,
  packed_gates,
  per_head_in,
  per_head_out,
  expert_stack,
  router,
  conv,
  grouped_conv,
  depthwise_conv,
  transposed_conv,
  grouped_transposed_conv,
  depthwise_transposed_conv,
  embedding,
  position_embedding,
  position_bias,
  token,
  query_embedding,
  bias,
  packed_gate_bias,
  norm_scale,
  norm_shift,
  running_mean,
  running_var,
  layer_scale,
  residual_scale,
  scale,
  temperature,
  activation_slope,
  weight_norm_gain,
  spline_coefficients,
  ssm_a_log,
  ssm_d,
  ssm_dt_bias,
  time_mix,
  time_decay,
  time_first,
  constant,   ///< a stored tensor that is no parameter (table, mask, fixed basis): left alone
  quantized,  ///< integer weights, their scales and zero points: left alone
  unused,
  unknown
};

[[nodiscard]] std::string_view to_string(Role role) noexcept;
[[nodiscard]] std::optional<Role> find_role(std::string_view name) noexcept;
/// Whether tensors of this role have fans (weights), as against biases, norms, tables and what is kept.
[[nodiscard]] bool has_fans(Role role) noexcept;

/// A block [begin, end) along Geometry::section_axis with fans of its own: q, k, v; gates i, o, f, c; gate, up.
struct Section {
  std::string name;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool operator==(const Section&) const = default;
};

/// `layout` has one letter per axis: O output, I input, D H W spatial, E expert or other batch of matrices, V vocabulary, M multiplier,
/// G direction or group, and in per-head kernels D model width, H heads, K head width. "" where the axes have no such meaning.
struct Geometry {
  Role role = Role::unknown;
  std::string layout;
  Shape shape;
  std::int64_t groups = 1;
  std::vector<std::int64_t> stride;    // per spatial axis, of the call that uses the weight; empty = 1
  std::vector<std::int64_t> dilation;  // likewise
  int section_axis = -1;
  std::vector<Section> sections;  // empty = one section, the whole
};

}  // namespace evenkeel
