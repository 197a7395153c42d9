// SPDX-License-Identifier: Apache-2.0
// What the rows of all recipes share: questions about a parameter, and the words of their reasons.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evenkeel/plan/recipe.hpp"
#include "evenkeel/theory/activation.hpp"

namespace evenkeel::recipes {

using Answer = std::optional<Decision>;

/// A decision from scheme text; the text is ours, so one that does not parse is an internal error.
[[nodiscard]] Decision decide(std::string_view scheme, std::string reason);
[[nodiscard]] Decision assume(std::string_view scheme, std::string reason);
[[nodiscard]] Decision keep(std::string reason);

[[nodiscard]] bool is_convolution(Role role) noexcept;
/// Any weight with fans that multiplies a signal: all but embeddings and tables.
[[nodiscard]] bool is_weight(Role role) noexcept;
/// Inside a residual branch, not on its shortcut.
[[nodiscard]] bool in_branch(const Parameter& p) noexcept;
/// Last or only layer of its residual branch.
[[nodiscard]] bool ends_branch(const Parameter& p) noexcept;
/// The activation that feeds the weight as the theory layer knows it; nullopt for none, gates, softmax, mixed, unknown.
[[nodiscard]] std::optional<Activation> feeding_activation(const Parameter& p);
[[nodiscard]] bool is_relu_family(std::string_view name) noexcept;
/// Slope left of 0 of a relu-like nonlinearity: 0 for relu and relu6, 0.25 for prelu.
[[nodiscard]] double negative_slope_of(const Nonlinearity& n);

/// Layers from which a net without norm counts as deep: GELU under its forward gain has lost most of its signal there.
inline constexpr int deep_from = 10;
/// Normal weights of variance scale/fan_in, or gain^2/fan_in.
[[nodiscard]] std::string fan_in_normal(double scale);
[[nodiscard]] std::string gain_normal(double gain);
/// std 0.02 over the square root of the number of branches.
[[nodiscard]] std::string residual_output_text(int branches);
[[nodiscard]] std::string glorot_gain_text(double gain);
[[nodiscard]] std::string siren_text(double omega);
[[nodiscard]] std::string siren_first_text();
/// std 0.02/sqrt(2(block+1)).
[[nodiscard]] std::string depth_index_text(int block);
/// N(0, std^2) cut at `cut` std, not corrected.
[[nodiscard]] std::string cut_normal_text(double std, double cut);
/// Orthogonal over all sections together.
[[nodiscard]] std::string whole_orthogonal_text();
/// Whether the layer computes the shifts, scales and gates of adaptive norms.
[[nodiscard]] bool modulates(const Parameter& p) noexcept;

/// GELU or SiLU in a deep net without norm: weights, first weights and biases that put every layer at the half-stable point of the edge of
/// chaos (chi_1 = chi_par = 1; forward gain alone has an unstable fixed point). nullopt where that does not apply.
struct HalfStable {
  double q, weight_scale, first_scale, bias_std;
};
[[nodiscard]] std::optional<HalfStable> half_stable_of(const Parameter& weight, const ModelTraits& traits);

/// "Conv layer1.0/conv1" or "Gemm".
[[nodiscard]] std::string layer_of(const Parameter& p);
/// "relu at Relu_3", "batch_norm".
[[nodiscard]] std::string named(const Nonlinearity& n);
/// "batch normalization" for "batch_norm".
[[nodiscard]] std::string norm_words(std::string_view norm);
/// "residual branch 3 of 8 (added at Add_12)".
[[nodiscard]] std::string branch_words(const Branch& branch);
/// Four significant digits for reasons; twelve for schemes.
[[nodiscard]] std::string shown(double number);
[[nodiscard]] std::string literal(double number);
/// fan_in or fan_out for a reason, "27" or "64 per section (q, k, v)".
[[nodiscard]] std::string fan_in_words(const Subject& s);
[[nodiscard]] std::string fan_out_words(const Subject& s);

}  // namespace evenkeel::recipes
