// SPDX-License-Identifier: Apache-2.0
// Rules that tell a module's tensors, one file per family; each answers for the modules it knows and leaves the others.
#pragma once

#include <optional>
#include <vector>

#include "graph/names/reading.hpp"

namespace evenkeel::names {

using Findings = std::vector<Finding>;

/// Each returns whether it settled the module; what it found is appended.
[[nodiscard]] bool find_adapter(const Reading& reading, std::size_t module, Findings& out);      // LoRA, DoRA, IA3
[[nodiscard]] bool find_buffers(const Reading& reading, std::size_t module, Findings& out);      // masks, tables, quantized tensors
[[nodiscard]] bool find_recurrent(const Reading& reading, std::size_t module, Findings& out);    // LSTM, GRU, plain cells
[[nodiscard]] bool find_state_space(const Reading& reading, std::size_t module, Findings& out);  // Mamba, RWKV
[[nodiscard]] bool find_norm(const Reading& reading, std::size_t module, Findings& out);
[[nodiscard]] bool find_vector(const Reading& reading, std::size_t module, Findings& out);  // scales, tokens, lone biases
[[nodiscard]] bool find_table(const Reading& reading, std::size_t module, Findings& out);   // embeddings, positions, tokens
[[nodiscard]] bool find_stack(const Reading& reading, std::size_t module, Findings& out);   // experts, per-head kernels
[[nodiscard]] bool find_convolution(const Reading& reading, std::size_t module, Findings& out);
[[nodiscard]] bool find_matrix(const Reading& reading, std::size_t module, Findings& out);

/// Whether a word means learned queries ("query_tokens", "probe").
[[nodiscard]] bool says_query(const std::string& text);
/// The module's bias entries, as biases of the weight.
void add_biases(const Reading& reading, std::size_t module, const Finding& weight, Findings& out);
/// The gain of a weight norm beside a weight, if there is one.
void add_gain(const Reading& reading, std::size_t module, Finding& weight, Findings& out);

/// Whether a matrix lies (input, output), and how sure that is.
struct Orientation {
  bool input_first = false;
  Certainty certainty = Certainty::likely;
  std::string why;
};
[[nodiscard]] Orientation orientation_of(const Reading& reading, const Module& module, const Entry& weight);
/// Counts the matrices whose bias shows that they lie otherwise than their leaf says.
void vote_orientation(Reading& reading);

/// q, k, v along an axis of the given size that reads `width` inputs.
struct Packing {
  std::vector<Section> sections;
  Certainty certainty = Certainty::likely;
  std::string why;
};
[[nodiscard]] Packing pack_qkv(const Reading& reading, const Module& module, std::int64_t size, std::int64_t width);
[[nodiscard]] Packing pack_halves(std::int64_t size, const char* first, const char* second);

/// Makes the finding a packed one; where the sections do not add up, it stays one matrix and says so.
void set_sections(Finding& finding, const Packing& packing, int axis, Role role);

/// Width of the stream that the module's part of the model works on: hidden_size, or what its norms hold; 0 = not known.
[[nodiscard]] std::int64_t width_of(const Reading& reading, const Module& module);

}  // namespace evenkeel::names
