// SPDX-License-Identifier: Apache-2.0
// auto: norms after a convolution, then residual branches. What matters there is how much a branch adds to its stream, over all branches.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/elementary.hpp"
#include "evenkeel/theory/gain.hpp"
#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

constexpr int deep_post_norm = 12;  // branches; shallower stacks trained with plain Glorot (Vaswani 2017: 12 in the encoder)

Answer conv_batch_norm(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_convolution(p.geometry.role) || p.norm_after != "batch_norm") return {};
  const bool leaky = p.followed_by.name == "leaky_relu" || p.followed_by.name == "prelu";
  const std::string slope = leaky ? fmt::format(", negative_slope={}", literal(negative_slope_of(p.followed_by))) : "";
  return decide(fmt::format("he_normal(mode=fan_out{})", slope),
                fmt::format("{} is followed by batch normalization, which sets the forward scale whatever the weights are; He with fan_out "
                            "{} keeps the size of the gradients.",
                            layer_of(p), fan_out_words(s)));
}

bool pre_norm(const Parameter& p) {
  return p.branch &&
         (p.branch->norm == BranchNorm::pre || p.branch->norm == BranchNorm::pre_and_end || p.branch->norm == BranchNorm::inner);
}

Answer pre_norm_output(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.transformer || !pre_norm(p) || !ends_branch(p)) return {};
  const double std = 0.02 / std::sqrt(static_cast<double>(p.branch->count));
  return decide(
      residual_output_text(p.branch->count),
      fmt::format("{} ends {} of a pre-norm transformer: std 0.02/sqrt({}) = {}, so that what all branches add stays bounded (GPT-2).",
                  layer_of(p), branch_words(*p.branch), p.branch->count, shown(std)));
}

Answer pre_norm_inner(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.transformer || !pre_norm(p) || !in_branch(p)) return {};
  const std::string experts =
      p.geometry.role == Role::expert_stack ? fmt::format(" Each expert is a matrix of its own, fan_in {}.", fan_in_words(s)) : "";
  return decide("normal(std=0.02)",
                fmt::format("{} lies in {} of a pre-norm transformer: std 0.02 (GPT-2); the norm before it fixes its input.{}", layer_of(p),
                            branch_words(*p.branch), experts));
}

Answer post_norm(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.transformer || !in_branch(p) || p.branch->norm != BranchNorm::post) return {};
  const int branches = p.branch->count;
  if (branches <= deep_post_norm) {
    return decide("glorot_uniform",
                  fmt::format("{} lies in {} of a post-norm transformer, shallow enough for Glorot: fan_in {}, fan_out {} (Vaswani 2017).",
                              layer_of(p), branch_words(*p.branch), fan_in_words(s), fan_out_words(s)));
  }
  const double beta = elementary::pow(8.0 * branches / 2.0, -0.25);
  if (p.attention == "q" || p.attention == "k" || p.attention == "qkv") {
    const std::string packed = p.attention == "qkv" ? " Packed with v, which DeepNorm would scale down: *assumed* to matter little." : "";
    Decision decision =
        decide("glorot_normal", fmt::format("{} makes queries or keys in {} of a deep post-norm transformer: Glorot, gain 1 (DeepNorm).{}",
                                            layer_of(p), branch_words(*p.branch), packed));
    decision.assumed = !packed.empty();
    return decision;
  }
  return assume(glorot_gain_text(beta), fmt::format("{} lies in {} of a deep post-norm transformer: Glorot with gain (8N)^(-1/4) = {}, N = "
                                                    "{} layers (DeepNorm). *Assumed*: the residual path is "
                                                    "scaled by (2N)^(1/4) as DeepNorm asks, which the graph does not show.",
                                                    layer_of(p), branch_words(*p.branch), shown(beta), branches / 2));
}

bool unnormed(const Subject& s) {
  const Parameter& p = s.parameter;
  return is_weight(p.geometry.role) && in_branch(p) && p.branch->norm == BranchNorm::none && p.branch->kind != "gated" && !s.branch_scaled;
}

Answer fixup_last(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!unnormed(s) || !ends_branch(p) || p.weight_norm) return {};
  return decide("zeros", fmt::format("{} ends {}, which has no norm: 0, so that the branch adds nothing at first; random branches would "
                                     "double the variance each time, 2^{} in all (Fixup, Zhang 2019).",
                                     layer_of(p), branch_words(*p.branch), p.branch->count));
}

Answer fixup_inner(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!unnormed(s)) return {};
  const int m = std::max(2, p.branch->layers);
  const double factor = elementary::pow(static_cast<double>(p.branch->count), -1.0 / (2.0 * m - 2.0));
  const std::optional<Activation> activation = feeding_activation(p);
  const double gain = activation ? forward_gain(*activation) : 1.0;
  return decide(gain_normal(gain * factor), fmt::format("{} lies in {} without norm: gain {} for its input ({}), times {}^(-1/{}) = {} for "
                                                        "{} branches of {} layers (Fixup, Zhang 2019); fan_in {}.",
                                                        layer_of(p), branch_words(*p.branch), shown(gain), named(p.fed_by), p.branch->count,
                                                        2 * m - 2, shown(factor), p.branch->count, m, fan_in_words(s)));
}

// A branch that is normalized before or inside, not at its end, outside transformers: variance grows by one branch each, not twofold.
Answer open_branch_end(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || p.transformer || !ends_branch(p) || !p.norm_after.empty() || s.branch_scaled ||
      p.branch->kind == "gated")
    return {};
  if (p.branch->norm != BranchNorm::pre && p.branch->norm != BranchNorm::inner) return {};
  const std::optional<Activation> activation = feeding_activation(p);
  const double gain = activation ? forward_gain(*activation) : 1.0;
  return decide(gain_normal(gain / std::sqrt(static_cast<double>(p.branch->count))),
                fmt::format("{} ends {} without a norm behind it: gain {} for its input ({}) times 1/sqrt({}), so that all branches "
                            "together add about as much as the stream holds (Hayou 2021).",
                            layer_of(p), branch_words(*p.branch), shown(gain), named(p.fed_by), p.branch->count));
}

}  // namespace

Rules auto_residual_rules() {
  return {{"convolution before batch normalization", conv_batch_norm},
          {"output of a pre-norm branch", pre_norm_output},
          {"pre-norm transformer", pre_norm_inner},
          {"post-norm transformer", post_norm},
          {"end of a branch without norm", fixup_last},
          {"branch without norm", fixup_inner},
          {"end of an open branch", open_branch_end}};
}

}  // namespace evenkeel::recipes
