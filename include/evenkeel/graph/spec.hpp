// SPDX-License-Identifier: Apache-2.0
// Built-in model specs: mlp:784,256x8,10:relu, cnn:3,32x2,64x2,10:relu, resnet:18, gpt:128x4. width x count, then the activation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

struct Spec {
  std::string family;                 // mlp, cnn, resnet, gpt
  std::vector<std::int64_t> widths;   // expanded: 784, 256, 256, ..., 10
  std::string activation;
  std::string text;                   // as given
  bool operator==(const Spec&) const = default;
};

/// Whether the text looks like a spec ("family:..." with a known family), so that it is not taken for a file.
[[nodiscard]] bool is_spec(std::string_view text) noexcept;
/// Throws invalid_argument that shows where the text is wrong, what was expected and an example.
[[nodiscard]] Spec parse_spec(std::string_view text);

}  // namespace evenkeel
