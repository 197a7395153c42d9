// SPDX-License-Identifier: Apache-2.0
// Values and slopes are written so that nothing cancels or overflows for any x; at a kink the slope is the one from the left.
#include "theory/activation_table.hpp"
#include "base/elementary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace evenkeel::theory {
namespace {

using P = const Parameters&;

double sigmoid(double x) {
  const double e = elementary::exp(-std::fabs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}
double sigmoid_slope(double x) {
  const double e = elementary::exp(-std::fabs(x));
  return e / ((1 + e) * (1 + e));
}
double softplus(double x) { return std::max(x, 0.0) + elementary::log1p(elementary::exp(-std::fabs(x))); }
double sech2(double x) {
  const double e = elementary::exp(-2 * std::fabs(x));
  return 4 * e / ((1 + e) * (1 + e));
}
double normal_cdf(double x) { return 0.5 * elementary::erfc(-x / std::numbers::sqrt2); }
double normal_density(double x) { return elementary::exp(-0.5 * x * x) * 0.39894228040143267794; }

std::vector<double> at_zero(P) { return {0}; }
double parameter_width(P p) { return std::fabs(p[0]); }
double inverse_parameter(P p) { return 1 / std::fabs(p[0]); }

double two_slopes(double x, P p) { return x > 0 ? x : p[0] * x; }
double two_slopes_slope(double x, P p) { return x > 0 ? 1 : p[0]; }

double selu(double x, P p) { return p[1] * (x > 0 ? x : p[0] * elementary::expm1(x)); }
double selu_slope(double x, P p) { return p[1] * (x > 0 ? 1 : p[0] * elementary::exp(x)); }

double swish(double x, P p) { return x * sigmoid(p[0] * x); }
double swish_slope(double x, P p) { return sigmoid(p[0] * x) + p[0] * x * sigmoid_slope(p[0] * x); }

constexpr double gelu_cubic = 0.044715;
double gelu_tanh_inner(double x) { return std::sqrt(2 / std::numbers::pi) * (x + gelu_cubic * x * x * x); }
double gelu_tanh(double x, P) { return x * sigmoid(2 * gelu_tanh_inner(x)); }
double gelu_tanh_slope(double x, P) {
  const double inner_slope = std::sqrt(2 / std::numbers::pi) * (1 + 3 * gelu_cubic * x * x);
  return sigmoid(2 * gelu_tanh_inner(x)) + 2 * x * sigmoid_slope(2 * gelu_tanh_inner(x)) * inner_slope;
}

double mish(double x, P) { return x * elementary::tanh(softplus(x)); }
double mish_slope(double x, P) { return elementary::tanh(softplus(x)) + x * sech2(softplus(x)) * sigmoid(x); }

double hardswish(double x, P) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }
double hardswish_slope(double x, P) { return x <= -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5; }

double hardsigmoid(double x, P p) { return std::clamp(p[0] * x + p[1], 0.0, 1.0); }
double hardsigmoid_slope(double x, P p) { return p[0] * x + p[1] > 0 && p[0] * x + p[1] <= 1 ? p[0] : 0; }
std::vector<double> hardsigmoid_kinks(P p) { return {-p[1] / p[0], (1 - p[1]) / p[0]}; }

double clip(double x, P p) { return std::clamp(x, p[0], p[1]); }
double clip_slope(double x, P p) { return x > p[0] && x <= p[1] ? 1 : 0; }
std::vector<double> both_parameters(P p) { return {p[0], p[1]}; }
std::vector<double> plus_minus(P p) { return {-p[0], p[0]}; }

double soft_shrink(double x, P p) { return x > p[0] ? x - p[0] : x < -p[0] ? x + p[0] : 0; }
double shrink_slope(double x, P p) { return std::fabs(x) > p[0] ? 1 : 0; }

std::vector<ActivationRow> make_rows() {
  std::vector<ActivationRow> rows;
  const auto add = [&rows](ActivationRow row) { rows.push_back(std::move(row)); };

  add({"linear", {}, {}, [](double x, P) { return x; }, [](double, P) { return 1.0; }});
  add({"relu", {}, {}, [](double x, P) { return std::max(x, 0.0); }, [](double x, P) { return x > 0 ? 1.0 : 0.0; }, at_zero});
  add({"leaky_relu", {"negative_slope"}, {0.01}, two_slopes, two_slopes_slope, at_zero});
  add({"prelu", {"negative_slope"}, {0.25}, two_slopes, two_slopes_slope, at_zero});
  add({"relu6", {"low", "high"}, {0, 6}, clip, clip_slope, both_parameters});
  add({"hardtanh", {"low", "high"}, {-1, 1}, clip, clip_slope, both_parameters});
  add({"relu_squared", {}, {}, [](double x, P) { return x > 0 ? x * x : 0.0; }, [](double x, P) { return x > 0 ? 2 * x : 0.0; }, at_zero});
  add({"thresholded_relu",
       {"alpha"},
       {1},
       [](double x, P p) { return x > p[0] ? x : 0.0; },
       [](double x, P p) { return x > p[0] ? 1.0 : 0.0; },
       [](P p) { return std::vector<double>{p[0]}; },
       nullptr,
       true});
  add({"hardshrink",
       {"lambd"},
       {0.5},
       [](double x, P p) { return std::fabs(x) > p[0] ? x : 0.0; },
       shrink_slope,
       plus_minus,
       nullptr,
       true});
  add({"softshrink", {"lambd"}, {0.5}, soft_shrink, shrink_slope, plus_minus});
  add({"elu",
       {"alpha"},
       {1},
       [](double x, P p) { return x > 0 ? x : p[0] * elementary::expm1(x); },
       [](double x, P p) { return x > 0 ? 1 : p[0] * elementary::exp(x); },
       at_zero});
  add({"celu",
       {"alpha"},
       {1},
       [](double x, P p) { return x > 0 ? x : p[0] * elementary::expm1(x / p[0]); },
       [](double x, P p) { return x > 0 ? 1 : elementary::exp(x / p[0]); },
       at_zero,
       parameter_width});
  add({"selu", {"alpha", "lambda"}, {1.6732632423543773, 1.0507009873554805}, selu, selu_slope, at_zero});
  add({"gelu", {}, {}, [](double x, P) { return x * normal_cdf(x); }, [](double x, P) { return normal_cdf(x) + x * normal_density(x); }});
  add({"gelu_tanh", {}, {}, gelu_tanh, gelu_tanh_slope});
  add({"silu", {"beta"}, {1}, swish, swish_slope, nullptr, inverse_parameter});
  add({"quick_gelu", {"beta"}, {1.702}, swish, swish_slope, nullptr, inverse_parameter});
  add({"mish", {}, {}, mish, mish_slope});
  add({"hardswish", {}, {}, hardswish, hardswish_slope, [](P) { return std::vector<double>{-3, 3}; }});
  add({"hardsigmoid", {"alpha", "beta"}, {1.0 / 6, 0.5}, hardsigmoid, hardsigmoid_slope, hardsigmoid_kinks});
  add({"sigmoid", {}, {}, [](double x, P) { return sigmoid(x); }, [](double x, P) { return sigmoid_slope(x); }});
  add({"logsigmoid", {}, {}, [](double x, P) { return -softplus(-x); }, [](double x, P) { return sigmoid(-x); }});
  add({"softplus", {}, {}, [](double x, P) { return softplus(x); }, [](double x, P) { return sigmoid(x); }});
  add({"tanh", {}, {}, [](double x, P) { return elementary::tanh(x); }, [](double x, P) { return sech2(x); }});
  add({"tanhshrink",
       {},
       {},
       [](double x, P) { return x - elementary::tanh(x); },
       [](double x, P) { return elementary::tanh(x) * elementary::tanh(x); }});
  add({"lecun_tanh",
       {"amplitude", "rate"},
       {1.7159, 2.0 / 3},
       [](double x, P p) { return p[0] * elementary::tanh(p[1] * x); },
       [](double x, P p) { return p[0] * p[1] * sech2(p[1] * x); }});
  add({"softsign",
       {},
       {},
       [](double x, P) { return x / (1 + std::fabs(x)); },
       [](double x, P) { return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x))); },
       at_zero});
  add({"atan", {}, {}, [](double x, P) { return elementary::atan(x); }, [](double x, P) { return 1 / (1 + x * x); }});
  add({"erf",
       {},
       {},
       [](double x, P) { return elementary::erf(x); },
       [](double x, P) { return 2 * std::numbers::inv_sqrtpi * elementary::exp(-x * x); }});
  add({"sin",
       {"omega"},
       {1},
       [](double x, P p) { return elementary::sin(p[0] * x); },
       [](double x, P p) { return p[0] * elementary::cos(p[0] * x); },
       nullptr,
       inverse_parameter,
       false,
       true});
  add({"cos",
       {"omega"},
       {1},
       [](double x, P p) { return elementary::cos(p[0] * x); },
       [](double x, P p) { return -p[0] * elementary::sin(p[0] * x); },
       nullptr,
       inverse_parameter,
       false,
       true});
  add({"abs", {}, {}, [](double x, P) { return std::fabs(x); }, [](double x, P) { return x > 0 ? 1.0 : -1.0; }, at_zero});
  add({"gaussian",
       {},
       {},
       [](double x, P) { return elementary::exp(-x * x); },
       [](double x, P) { return -2 * x * elementary::exp(-x * x); }});

  std::sort(rows.begin(), rows.end(), [](const ActivationRow& a, const ActivationRow& b) { return a.name < b.name; });
  return rows;
}

}  // namespace

const std::vector<ActivationRow>& activation_table() {
  static const std::vector<ActivationRow> rows = make_rows();
  return rows;
}

}  // namespace evenkeel::theory
