// SPDX-License-Identifier: Apache-2.0
// Built-in model specs: mlp:784,256x8,10:relu, cnn:3,32x2,64x2,10:relu, resnet:18, gpt:128x4. width x count, then the activation.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

/// mlp:IN,WIDTHxCOUNT,...,OUT:ACTIVATION       fully connected layers
/// cnn:IN,CHANNELSxCOUNT,...,OUT:ACTIVATION    3x3 convolutions, 2x2 pooling after each group, a dense head
/// resnet:DEPTH                                18, 34, 50, 101, 152 for 224x224 images and 1000 classes
/// gpt:WIDTHxLAYERS[,heads=N][,vocab=N][,context=N]   heads: one per 64 of the width where that divides it, else 1; vocab 256; context 256
struct Spec {
  std::string family;                           // mlp, cnn, resnet, gpt
  std::vector<std::int64_t> widths;             // expanded: 784, 256, 256, ..., 10; resnet: the depth; gpt: one width per block
  std::vector<std::int64_t> groups;             // how many of `widths` each comma-separated part gave
  std::string activation;                       // resnet: relu, gpt: gelu
  std::map<std::string, std::int64_t> options;  // gpt: heads, vocab, context, all three
  std::string text;                             // as given
  bool operator==(const Spec&) const = default;
};

/// Activations a spec may name, in the words of the messages: "relu", "gelu", ...
[[nodiscard]] std::vector<std::string> spec_activations();

/// mlp, cnn, resnet, gpt.
[[nodiscard]] std::vector<std::string> spec_families();
/// Whether the text looks like a spec ("family:..." with a known family), so that it is not taken for a file.
[[nodiscard]] bool is_spec(std::string_view text) noexcept;
/// Throws invalid_argument that shows where the text is wrong, what was expected and an example.
[[nodiscard]] Spec parse_spec(std::string_view text);

}  // namespace evenkeel
