// SPDX-License-Identifier: Apache-2.0
// auto: the rule of the activation that feeds a weight. W multiplies phi(z) of the layer before, so that is the one it is exactly paired
// with, forward and backward; frameworks name the activation that follows.
#include <fmt/format.h>

#include <cmath>

#include "evenkeel/theory/gain.hpp"
#include "plan/recipes/groups.hpp"
#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {
namespace {

bool plain_deep(const Subject& s) { return !s.traits.has_norm && s.traits.depth > deep_from && !s.parameter.branch; }

Answer siren(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role)) return {};
  const auto omega_of = [](const Nonlinearity& n) { return n.parameters.contains("omega") ? n.parameters.at("omega") : 1.0; };
  if (p.fed_by.name == "sin") {
    const double omega = omega_of(p.fed_by);
    return decide(siren_text(omega), fmt::format("{} reads {} with omega {}: U(+-sqrt(6/fan_in)/omega), fan_in {}, keeps the phases of the "
                                                 "next sine spread (SIREN, Sitzmann 2020).",
                                                 layer_of(p), named(p.fed_by), shown(omega), fan_in_words(s)));
  }
  if (p.followed_by.name == "sin" && p.first_layer) {
    return decide(siren_first_text(), fmt::format("{} is the first layer before {}: U(+-1/fan_in), fan_in {}, so that omega {} sets the "
                                                  "range of frequencies (SIREN, Sitzmann 2020).",
                                                  layer_of(p), named(p.followed_by), fan_in_words(s), shown(omega_of(p.followed_by))));
  }
  return {};
}

Answer transformer_head(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.last_layer || p.branch || !s.traits.has_attention) return {};
  return decide(
      "normal(std=0.02)",
      fmt::format("{} is the output head of a transformer: std 0.02, so that the first predictions stay near the prior.", layer_of(p)));
}

Answer head(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !p.last_layer || p.first_layer || p.branch) return {};
  const std::string fed =
      p.fed_by.name == "none" ? "" : fmt::format(" Its input comes from {}; an output needs no gain for that.", named(p.fed_by));
  return decide(
      "lecun_normal",
      fmt::format(
          "{} is the last layer: LeCun with fan_in {} keeps the outputs at size 1 or below, so that training starts near the prior.{}",
          layer_of(p), fan_in_words(s), fed));
}

Answer relu(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || !is_relu_family(p.fed_by.name)) return {};
  const double slope = negative_slope_of(p.fed_by);
  const double gain = std::sqrt(2 / (1 + slope * slope));
  return decide(slope == 0 ? "he_normal" : fmt::format("he_normal(negative_slope={})", literal(slope)),
                fmt::format("{} reads {}: He with fan_in {} and gain {} keeps the second moment, forward and backward alike.", layer_of(p),
                            named(p.fed_by), fan_in_words(s), shown(gain)));
}

Answer deep_tanh(const Subject& s) {
  const Parameter& p = s.parameter;
  const bool first = p.first_layer && p.followed_by.name == "tanh";
  if (!is_weight(p.geometry.role) || !plain_deep(s) || (p.fed_by.name != "tanh" && !first)) return {};
  const double q = 1.0 / s.traits.depth;
  if (first) {
    return decide(fan_in_normal(q), fmt::format("{} is the first of {} tanh layers without norm: variance {}/fan_in puts them at q = 1/{}, "
                                                "where tanh is nearly linear; fan_in {}.",
                                                layer_of(p), s.traits.depth, shown(q), s.traits.depth, fan_in_words(s)));
  }
  const double gain = 1 / std::sqrt(moments_of(Activation{"tanh", {}}, q).slope_second);
  // A convolution is an isometry only with its centre tap alone, which needs as many outputs as inputs.
  const bool delta = p.geometry.role == Role::conv && !s.fans.empty() && s.fans[0].fan_out >= s.fans[0].fan_in;
  return decide(fmt::format("{}(gain={})", delta ? "delta_orthogonal" : "orthogonal", literal(gain)),
                fmt::format("{} reads {} in a net of {} layers without norm: orthogonal on the edge of chaos at q = 1/{}, gain {}; the "
                            "conventional 5/3 grows gradients by 1.0999 a layer.",
                            layer_of(p), named(p.fed_by), s.traits.depth, s.traits.depth, shown(gain)));
}

Answer tanh(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || p.fed_by.name != "tanh") return {};
  return decide("glorot_uniform", fmt::format("{} reads {}: Glorot, a compromise of forward (fan_in {}) and backward (fan_out {}).",
                                              layer_of(p), named(p.fed_by), fan_in_words(s), fan_out_words(s)));
}

Answer sigmoid(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || (p.fed_by.name != "sigmoid" && p.fed_by.name != "hardsigmoid")) return {};
  const std::optional<Activation> activation = feeding_activation(p);
  if (!activation) return {};
  const double slope = slope_of(*activation, 0), level = value_of(*activation, 0);
  const double scale = 1 / (slope * slope * (1 + level * level));
  return decide(
      p.fed_by.name == "sigmoid" ? "kumar" : fan_in_normal(scale),
      fmt::format(
          "{} reads {}, whose values lie about {}, not 0: variance {}/fan_in (Kumar 2017), fan_in {}; gain 1 would let the signal vanish.",
          layer_of(p), named(p.fed_by), shown(level), shown(scale), fan_in_words(s)));
}

Answer selu(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role) || p.fed_by.name != "selu") return {};
  return decide(
      "lecun_normal",
      fmt::format("{} reads {}: LeCun, gain 1 exactly, fan_in {}; that is the fixed point of mean 0, variance 1 that SELU is made for.",
                  layer_of(p), named(p.fed_by), fan_in_words(s)));
}

Answer half_stable(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role)) return {};
  const std::optional<HalfStable> point = half_stable_of(p, s.traits);
  if (!point) return {};
  const double scale = p.first_layer ? point->first_scale : point->weight_scale;
  const char* why =
      p.first_layer ? "this first layer lifts data of variance 1 there" : "the forward gain alone has an unstable fixed point";
  return decide(fan_in_normal(scale), fmt::format("{} stands before {} in a net of {} layers without norm: variance {}/fan_in and biases "
                                                  "of std {} hold it at the half-stable point of the edge of chaos, q = {}; {}. fan_in {}.",
                                                  layer_of(p), named(p.followed_by), s.traits.depth, shown(scale), shown(point->bias_std),
                                                  shown(point->q), why, fan_in_words(s)));
}

Answer smooth(const Subject& s) {
  const Parameter& p = s.parameter;
  const std::optional<Activation> activation = feeding_activation(p);
  if (!is_weight(p.geometry.role) || !activation) return {};
  const double gain = forward_gain(*activation);
  return decide(gain_normal(gain),
                fmt::format("{} reads {}: its forward gain {} = 1/sqrt(E phi^2) keeps the second moment; variance {}/fan_in, fan_in {}.",
                            layer_of(p), named(p.fed_by), shown(gain), shown(gain * gain), fan_in_words(s)));
}

std::string source_of(const Parameter& p) {
  if (!p.norm_before.empty()) return fmt::format("reads the output of {}, variance 1", norm_words(p.norm_before));
  if (p.first_layer) return "reads the data, *assumed* to have variance 1";
  if (p.fed_by.name == "gates")
    return fmt::format("reads the hidden state of a recurrent layer{}", p.fed_by.node.empty() ? "" : " (" + p.fed_by.node + ")");
  if (p.fed_by.name == "softmax") return "reads averages with softmax weights";
  return "reads a linear layer";
}

Answer linear(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role)) return {};
  const bool known = p.fed_by.name == "none" || p.fed_by.name == "linear" || p.fed_by.name == "gates" || p.fed_by.name == "softmax";
  if (!known) return {};
  Decision decision = decide(
      "lecun_normal", fmt::format("{} {}: LeCun, variance 1/fan_in, keeps it; fan_in {}.", layer_of(p), source_of(p), fan_in_words(s)));
  decision.assumed = p.first_layer && p.norm_before.empty();
  return decision;
}

Answer guessed(const Subject& s) {
  const Parameter& p = s.parameter;
  if (!is_weight(p.geometry.role)) return {};
  const std::string what = p.fed_by.name == "mixed" ? "paths with different activations"
                                                    : fmt::format("an activation without a known gain ({})", named(p.fed_by));
  return assume("lecun_normal",
                fmt::format("{} reads {}: *assumed* to pass variance 1 on, LeCun with fan_in {}.", layer_of(p), what, fan_in_words(s)));
}

}  // namespace

Rules auto_activation_rules() {
  return {{"sine", siren},
          {"transformer head", transformer_head},
          {"last layer", head},
          {"deep GELU or SiLU without norm", half_stable},
          {"deep tanh without norm", deep_tanh},
          {"fed by relu", relu},
          {"fed by tanh", tanh},
          {"fed by sigmoid", sigmoid},
          {"fed by selu", selu},
          {"fed by a smooth activation", smooth},
          {"fed by a linear layer", linear},
          {"fed by something unknown", guessed}};
}

}  // namespace evenkeel::recipes
