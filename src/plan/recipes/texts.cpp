// SPDX-License-Identifier: Apache-2.0
// Scheme texts that several recipes write, in one place.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {

std::string fan_in_normal(double scale) { return fmt::format("variance_scaling(scale={})", literal(scale)); }

std::string gain_normal(double gain) { return fmt::format("lecun_normal(gain={})", literal(gain)); }

std::string residual_output_text(int branches) { return fmt::format("residual_scaled_normal(std=0.02, branches={})", branches); }

std::string glorot_gain_text(double gain) { return fmt::format("glorot_normal(gain={})", literal(gain)); }

std::string siren_text(double omega) { return fmt::format("siren(omega={})", literal(omega)); }

std::string siren_first_text() { return "siren(first=true)"; }

std::string depth_index_text(int block) { return fmt::format("depth_index_normal(std=0.02, index={})", block); }

std::string cut_normal_text(double std, double cut) {
  return fmt::format("truncated_normal(std={}, low={}, high={})", literal(std), literal(-cut), literal(cut));
}

std::string whole_orthogonal_text() { return "orthogonal(blocks=whole)"; }

bool modulates(const Parameter& p) noexcept { return p.followed_by.name == "modulation"; }

std::optional<HalfStable> half_stable_of(const Parameter& weight, const ModelTraits& traits) {
  if (traits.has_norm || traits.depth <= deep_from || weight.branch || !weight.has_bias) return std::nullopt;
  // Roots of E[u phi phi'] = q E phi'^2 on the edge of chaos; 15 digits from Gauss-Legendre quadrature.
  struct Point {
    std::string_view name;
    double q, weight_scale, bias_variance;
  };
  static constexpr std::array points = {Point{"gelu", 3.56155281280884, 1.98305825743755, 0.172922390756068},
                                        Point{"gelu_tanh", 3.55677284471511, 1.98288823982109, 0.172895198263816},
                                        Point{"silu", 14.3201736180258, 1.98800467826949, 0.555143170721529}};
  for (const Point& point : points) {
    if (weight.followed_by.name != point.name) continue;
    if (!weight.first_layer && weight.fed_by.name != point.name) continue;
    return HalfStable{point.q, point.weight_scale, point.q - point.bias_variance, std::sqrt(point.bias_variance)};
  }
  return std::nullopt;
}

}  // namespace evenkeel::recipes
