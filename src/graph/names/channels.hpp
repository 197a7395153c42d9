// SPDX-License-Identifier: Apache-2.0
// Widths around a convolution: what stands before it in its chain and what norm follows.
#pragma once

#include "graph/names/reading.hpp"

namespace evenkeel::names {

/// The module at the place before or after in a Sequential ("3" -> "2"), or of the number before ("conv2" -> "conv1"); nearest first.
/// Nested names count by the number they differ in ("layer.1.convolution" -> "layer.0.convolution").
[[nodiscard]] const Module* chained_before(const Reading& reading, const Module& module);
/// The norm that belongs to a convolution: next in a Sequential, of the same number ("conv1" and "bn1"), or the only one beside it.
[[nodiscard]] const Module* norm_of(const Reading& reading, const Module& module);
/// Channels that the module gives out, from its bias, its norm or its shape read as a plain convolution; 0 = not known.
[[nodiscard]] std::int64_t outputs_of(const Reading& reading, const Module& module);
/// Whether no other module with a matrix or kernel comes earlier.
[[nodiscard]] bool is_first(const Reading& reading, const Module& module);

}  // namespace evenkeel::names
