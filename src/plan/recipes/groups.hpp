// SPDX-License-Identifier: Apache-2.0
// Groups of rows that recipes are put together from, in the order in which they are asked, and the built-in recipes.
#pragma once

#include <vector>

#include "evenkeel/plan/recipe.hpp"

namespace evenkeel::recipes {

using Rules = std::vector<Rule>;

[[nodiscard]] Rules kept_rules();         // constants, quantized tensors, what no node reads
[[nodiscard]] Rules adapter_rules();      // halves of a low-rank update, which start as no update
[[nodiscard]] Rules statistics_rules();   // running means and variances
[[nodiscard]] Rules norm_vector_rules();  // scales and shifts of norms, plainly 1 and 0
[[nodiscard]] Rules bias_rules();         // biases, plainly 0
[[nodiscard]] Rules scalar_rules();       // layer scales, slopes, temperatures
[[nodiscard]] Rules auto_vector_rules();  // zero_gamma, forget biases, the biases of the half-stable point
[[nodiscard]] Rules auto_table_rules();   // embeddings, positions, tokens, routers
[[nodiscard]] Rules auto_recurrent_rules();
[[nodiscard]] Rules auto_residual_rules();
[[nodiscard]] Rules auto_activation_rules();

/// Joins groups; a rule that stands further left is asked first.
[[nodiscard]] Rules joined(std::vector<Rules> groups);

[[nodiscard]] Recipe auto_recipe();
[[nodiscard]] Recipe pytorch_recipe();
[[nodiscard]] Recipe keras_recipe();
[[nodiscard]] Recipe flax_recipe();
[[nodiscard]] Recipe gpt2_recipe();
[[nodiscard]] Recipe llama_recipe();
[[nodiscard]] Recipe bert_recipe();

}  // namespace evenkeel::recipes
