// SPDX-License-Identifier: Apache-2.0
// What kinds of operators there are, as far as roles ask: views, pointwise functions, reductions, norms, layers.
#pragma once

#include <string_view>

#include "evenkeel/graph/graph.hpp"

namespace evenkeel::roles {

/// The first output that something reads, else the first that is there; absent for a node without outputs. LSTM may leave out its first.
[[nodiscard]] ValueId main_output(const Graph& graph, const Node& node);
/// Moves, cuts or copies elements of its first input; arithmetic none.
[[nodiscard]] bool is_view(const Node& node);
/// A view after which the axes are those before.
[[nodiscard]] bool keeps_axes(const Node& node);
/// Arithmetic on single elements, of one or more inputs with broadcasting.
[[nodiscard]] bool is_elementwise(const Node& node);
[[nodiscard]] bool is_reduction(const Node& node);
[[nodiscard]] bool is_gather(const Node& node);
/// Pooling, padding, resizing: mixes or moves positions, not channels.
[[nodiscard]] bool is_spatial(const Node& node);
[[nodiscard]] bool is_convolution(const Node& node);
[[nodiscard]] bool is_transposed_convolution(const Node& node);
[[nodiscard]] bool is_recurrent(const Node& node);
/// "batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm", or "" for a node that is no norm.
[[nodiscard]] std::string_view norm_kind(const Node& node);
[[nodiscard]] bool is_fused_attention(const Node& node);
/// Integer arithmetic of quantized models: weights that are kept.
[[nodiscard]] bool is_quantized_layer(const Node& node);

}  // namespace evenkeel::roles
