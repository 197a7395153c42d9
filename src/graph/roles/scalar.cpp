// SPDX-License-Identifier: Apache-2.0
// The table of operators on numbers; defaults are those of the ONNX operator specification.
#include "graph/roles/scalar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>

#include "base/elementary.hpp"
#include "evenkeel/theory/activation.hpp"
#include "graph/roles/pointwise.hpp"

namespace evenkeel::roles {
namespace {

using Arguments = std::vector<double>;
using Function = double (*)(const Node&, const Arguments&);

double sigmoid(double x) { return 1 / (1 + elementary::exp(-x)); }
double softplus(double x) { return x > 30 ? x : elementary::log1p(elementary::exp(x)); }
double normal_cdf(double x) { return 0.5 * elementary::erfc(-x / std::numbers::sqrt2); }
double gelu_tanh(double x) { return 0.5 * x * (1 + elementary::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); }
double argument(const Arguments& a, std::size_t i, double otherwise) { return i < a.size() && !std::isnan(a[i]) ? a[i] : otherwise; }

const std::map<std::string, Function>& table() {
  static const std::map<std::string, Function> functions{
      {"Identity", [](const Node&, const Arguments& a) { return a[0]; }},
      {"Cast", [](const Node&, const Arguments& a) { return a[0]; }},
      {"CastLike", [](const Node&, const Arguments& a) { return a[0]; }},
      {"Dropout", [](const Node&, const Arguments& a) { return a[0]; }},
      {"Add", [](const Node&, const Arguments& a) { return a[0] + a[1]; }},
      {"Sub", [](const Node&, const Arguments& a) { return a[0] - a[1]; }},
      {"Mul", [](const Node&, const Arguments& a) { return a[0] * a[1]; }},
      {"Div", [](const Node&, const Arguments& a) { return a[0] / a[1]; }},
      {"Pow", [](const Node&, const Arguments& a) { return elementary::pow(a[0], a[1]); }},
      {"Min", [](const Node&, const Arguments& a) { return *std::min_element(a.begin(), a.end()); }},
      {"Max", [](const Node&, const Arguments& a) { return *std::max_element(a.begin(), a.end()); }},
      {"Neg", [](const Node&, const Arguments& a) { return -a[0]; }},
      {"Abs", [](const Node&, const Arguments& a) { return std::abs(a[0]); }},
      {"Reciprocal", [](const Node&, const Arguments& a) { return 1 / a[0]; }},
      {"Sqrt", [](const Node&, const Arguments& a) { return std::sqrt(a[0]); }},
      {"Exp", [](const Node&, const Arguments& a) { return elementary::exp(a[0]); }},
      {"Log", [](const Node&, const Arguments& a) { return elementary::log(a[0]); }},
      {"Erf", [](const Node&, const Arguments& a) { return elementary::erf(a[0]); }},
      {"Tanh", [](const Node&, const Arguments& a) { return elementary::tanh(a[0]); }},
      {"Atan", [](const Node&, const Arguments& a) { return elementary::atan(a[0]); }},
      {"Sin", [](const Node&, const Arguments& a) { return elementary::sin(a[0]); }},
      {"Cos", [](const Node&, const Arguments& a) { return elementary::cos(a[0]); }},
      {"Sigmoid", [](const Node&, const Arguments& a) { return sigmoid(a[0]); }},
      {"Softplus", [](const Node&, const Arguments& a) { return softplus(a[0]); }},
      {"Softsign", [](const Node&, const Arguments& a) { return a[0] / (1 + std::abs(a[0])); }},
      {"Relu", [](const Node&, const Arguments& a) { return std::max(a[0], 0.0); }},
      {"LeakyRelu", [](const Node& n, const Arguments& a) { return a[0] > 0 ? a[0] : real_of(n, "alpha", 0.01) * a[0]; }},
      {"Elu", [](const Node& n, const Arguments& a) { return a[0] > 0 ? a[0] : real_of(n, "alpha", 1) * elementary::expm1(a[0]); }},
      {"Celu",
       [](const Node& n, const Arguments& a) {
         const double k = real_of(n, "alpha", 1);
         return a[0] > 0 ? a[0] : k * elementary::expm1(a[0] / k);
       }},
      {"Selu",
       [](const Node& n, const Arguments& a) {
         const double g = real_of(n, "gamma", 1.0507009873554805);
         return a[0] > 0 ? g * a[0] : g * real_of(n, "alpha", 1.6732632423543773) * elementary::expm1(a[0]);
       }},
      {"Gelu", [](const Node& n,
                  const Arguments& a) { return text_of(n, "approximate", "none") == "tanh" ? gelu_tanh(a[0]) : a[0] * normal_cdf(a[0]); }},
      {"FastGelu", [](const Node&, const Arguments& a) { return gelu_tanh(a[0]); }},
      {"QuickGelu", [](const Node& n, const Arguments& a) { return a[0] * sigmoid(real_of(n, "alpha", 1.702) * a[0]); }},
      {"Swish", [](const Node& n, const Arguments& a) { return a[0] * sigmoid(real_of(n, "alpha", 1) * a[0]); }},
      {"Mish", [](const Node&, const Arguments& a) { return a[0] * elementary::tanh(softplus(a[0])); }},
      {"HardSigmoid",
       [](const Node& n, const Arguments& a) { return std::clamp(real_of(n, "alpha", 0.2) * a[0] + real_of(n, "beta", 0.5), 0.0, 1.0); }},
      {"HardSwish", [](const Node&, const Arguments& a) { return a[0] * std::clamp(a[0] / 6 + 0.5, 0.0, 1.0); }},
      {"ThresholdedRelu", [](const Node& n, const Arguments& a) { return a[0] > real_of(n, "alpha", 1) ? a[0] : 0.0; }},
      {"Shrink",
       [](const Node& n, const Arguments& a) {
         const double l = real_of(n, "lambd", 0.5), b = real_of(n, "bias", 0);
         return a[0] < -l ? a[0] + b : a[0] > l ? a[0] - b : 0.0;
       }},
      {"Clip",
       [](const Node& n, const Arguments& a) {
         const double low = argument(a, 1, real_of(n, "min", -std::numeric_limits<double>::infinity()));
         const double high = argument(a, 2, real_of(n, "max", std::numeric_limits<double>::infinity()));
         return std::min(std::max(a[0], low), high);
       }},
  };
  return functions;
}

constexpr std::array<double, 12> points{-6.5, -4.1, -2.6, -1.4, -0.75, -0.2, 0.3, 0.8, 1.45, 2.7, 4.2, 7.5};

bool agree(const std::function<double(double)>& f, const Activation& candidate) {
  return std::all_of(points.begin(), points.end(), [&](double x) {
    const double expected = value_of(candidate, x);
    const double got = f(x);
    return std::isfinite(got) && std::abs(got - expected) <= 2e-4 * (1 + std::abs(expected));
  });
}

bool is_affine(const std::function<double(double)>& f) {
  const double b = f(0), a = f(1) - b;
  return std::all_of(points.begin(), points.end(),
                     [&](double x) { return std::abs(f(x) - (a * x + b)) <= 1e-6 * (1 + std::abs(a * x + b)); });
}

/// Candidates whose parameters are read off the function itself.
std::vector<Activation> fitted(const std::function<double(double)>& f) {
  std::vector<Activation> candidates;
  const auto add = [&](const char* name, const char* parameter, double value) {
    if (std::isfinite(value) && value != 0) candidates.push_back({name, {{parameter, value}}});
  };
  add("leaky_relu", "negative_slope", -f(-1));
  const double slope = (f(1e-6) - f(-1e-6)) / 2e-6;
  if (std::isfinite(slope)) add("sin", "omega", std::round(slope * 1e6) / 1e6);
  add("elu", "alpha", -f(-40));
  return candidates;
}

}  // namespace

bool is_scalar_function(const Node& node) { return table().contains(node.op); }

bool reads_first_only(const Node& node) { return node.op == "Dropout" || node.op == "CastLike" || node.op == "Cast"; }

bool is_linear_step(const Node& node) {
  constexpr std::array<std::string_view, 9> linear{"Identity", "Cast", "CastLike", "Dropout", "Add", "Sub", "Mul", "Neg", "Div"};
  return std::find(linear.begin(), linear.end(), node.op) != linear.end();
}

double scalar_value(const Node& node, const std::vector<double>& arguments) {
  const auto found = table().find(node.op);
  if (found == table().end() || arguments.empty()) return std::nan("");
  const bool binary = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div" || node.op == "Pow";
  if (binary && arguments.size() < 2) return std::nan("");
  return found->second(node, arguments);
}

Nonlinearity identify_function(const std::function<double(double)>& function) {
  if (is_affine(function)) return {};
  std::vector<Activation> candidates;
  for (const auto& name : activation_names()) candidates.push_back({name, {}});
  for (const auto& candidate : fitted(function)) candidates.push_back(candidate);
  for (const auto& candidate : candidates) {
    if (candidate.name == "linear" || candidate.name == "prelu") continue;
    if (agree(function, candidate)) return {candidate.name, candidate.parameters, ""};
  }
  return {"pointwise", {}, ""};
}

std::optional<Nonlinearity> activation_of(const Node& node) {
  static const std::map<std::string, std::string> names{
      {"Relu", "relu"},         {"Selu", "selu"},          {"Tanh", "tanh"},           {"Sigmoid", "sigmoid"}, {"Softplus", "softplus"},
      {"Softsign", "softsign"}, {"Mish", "mish"},          {"HardSwish", "hardswish"}, {"Erf", "erf"},         {"Atan", "atan"},
      {"Abs", "abs"},           {"FastGelu", "gelu_tanh"}, {"BiasGelu", "gelu"},       {"PRelu", "prelu"}};
  if (const auto found = names.find(node.op); found != names.end()) return Nonlinearity{found->second, {}, ""};
  if (node.op == "Gelu") return Nonlinearity{text_of(node, "approximate", "none") == "tanh" ? "gelu_tanh" : "gelu", {}, ""};
  if (node.op == "LeakyRelu") return Nonlinearity{"leaky_relu", {{"negative_slope", real_of(node, "alpha", 0.01)}}, ""};
  if (node.op == "Elu") return Nonlinearity{"elu", {{"alpha", real_of(node, "alpha", 1)}}, ""};
  if (node.op == "Celu") return Nonlinearity{"celu", {{"alpha", real_of(node, "alpha", 1)}}, ""};
  if (node.op == "QuickGelu") return Nonlinearity{"quick_gelu", {}, ""};
  return std::nullopt;
}

std::optional<Nonlinearity> fused_activation_of(const Node& node) {
  if (node.op == "GemmFastGelu") return Nonlinearity{"gelu_tanh", {}, node.name};
  const std::string name = text_of(node, "activation", "");
  if (name.empty() || node.domain.empty()) return std::nullopt;
  Node single;
  single.op = name;
  auto function = activation_of(single);
  if (name == "Clip") function = Nonlinearity{"relu6", {}, ""};
  if (name == "HardSigmoid") function = Nonlinearity{"hardsigmoid", {}, ""};
  if (!function) function = Nonlinearity{"pointwise", {}, ""};
  const auto parameters = node.attributes.find("activation_params");
  if (name == "LeakyRelu" && parameters != node.attributes.end())
    if (const auto* values = std::get_if<std::vector<double>>(&parameters->second); values && !values->empty())
      function->parameters["negative_slope"] = values->front();
  function->node = node.name;
  return function;
}

}  // namespace evenkeel::roles
