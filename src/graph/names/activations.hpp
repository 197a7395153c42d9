// SPDX-License-Identifier: Apache-2.0
// The hidden activation of a part of the model: from the settings, from what the family fixes, from the caller, else assumed.
#pragma once

#include <string>

#include "graph/names/reading.hpp"

namespace evenkeel::names {

struct HiddenActivation {
  std::string name;
  bool assumed = false;
  std::string why;  // "config.json: hidden_act is gelu_new"
};

/// The theory layer's name for a framework's ("gelu_new" -> "gelu_tanh"); "" where it knows none.
[[nodiscard]] std::string known_activation(std::string text);
/// `gated`: of a gated feed-forward block; `transformer`: of a model with attention.
[[nodiscard]] HiddenActivation activation_of(const Reading& reading, const Path& path, bool gated, bool transformer,
                                             const std::string& option);

}  // namespace evenkeel::names
