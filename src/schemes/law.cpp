// SPDX-License-Identifier: Apache-2.0
// Bounds and stds are values: only + - * / and sqrt here, which every machine rounds alike, and constants as literals.
#include "schemes/law.hpp"

#include <array>
#include <cmath>
#include <string>

#include "evenkeel/base/error.hpp"
#include "schemes/axes.hpp"
#include "schemes/expression.hpp"

namespace evenkeel::schemes {
namespace {

using LawOf = Distribution (*)(const Scheme&, const Fans&);

[[noreturn]] void refuse(const Scheme& scheme, const std::string& message) {
  fail(ErrorCode::invalid_argument, "scheme " + to_string(scheme) + ": " + message);
}

double positive(const Scheme& scheme, std::string_view argument) {
  const double value = number_of(scheme, argument);
  if (!(value > 0)) refuse(scheme, "expected " + std::string(argument) + " > 0");
  return value;
}

double not_negative(const Scheme& scheme, std::string_view argument) {
  const double value = number_of(scheme, argument);
  if (!(value >= 0)) refuse(scheme, "expected " + std::string(argument) + " >= 0");
  return value;
}

bool is_set(const Scheme& scheme, std::string_view argument) { return word_of(scheme, argument) == "true"; }

// std of N(0, 1) cut at +-bound.
struct TruncatedStd {
  double bound, std;
};
constexpr std::array<TruncatedStd, 5> truncated_stds{
    {{1, 0.53956009375489697}, {2, 0.87962566103423975}, {2.5, 0.95459748634458070}, {3, 0.98657839255810862}, {4, 0.99946450180707960}}};

Distribution corrected_normal(double mean, double std, double bound, double ratio) {
  const double parent = std / ratio;
  return TruncatedNormal{mean, parent, mean - bound * parent, mean + bound * parent};
}

Distribution truncated_at_two(double std) { return corrected_normal(0, std, 2, truncated_stds[1].std); }

Distribution symmetric_uniform(double bound) { return Uniform{-bound, bound}; }

Distribution maybe_truncated(const Scheme& scheme, double std) {
  return is_set(scheme, "truncated") ? truncated_at_two(std) : Distribution{Normal{0, std}};
}

double fan_number(const Scheme& scheme, const Fans& fans) {
  const std::string mode = word_of(scheme, "mode");
  if (mode == "fan_in") return fans.fan_in;
  if (mode == "fan_out") return fans.fan_out;
  if (mode == "fan_avg") return (fans.fan_in + fans.fan_out) / 2;
  return std::sqrt(fans.fan_in * fans.fan_out);
}

double he_scale(const Scheme& scheme) {
  const double slope = number_of(scheme, "negative_slope");
  return 2 / (1 + slope * slope);
}

Distribution truncated_normal(const Scheme& scheme, const Fans&) {
  const double std = not_negative(scheme, "std");
  const double mean = number_of(scheme, "mean");
  const double low = number_of(scheme, "low");
  const double high = number_of(scheme, "high");
  if (!(low < high)) refuse(scheme, "expected low < high");
  if (is_set(scheme, "corrected")) {
    for (const TruncatedStd& known : truncated_stds) {
      if (!is_set(scheme, "absolute") && high == known.bound && low == -known.bound)
        return corrected_normal(mean, std, known.bound, known.std);
    }
    refuse(scheme,
           "expected bounds of -c and c stds with c = 1, 2, 2.5, 3 or 4 beside corrected=true; otherwise divide std by the ratio yourself");
  }
  if (is_set(scheme, "absolute")) return TruncatedNormal{mean, std, low, high};
  return TruncatedNormal{mean, std, mean + low * std, mean + high * std};
}

Distribution variance_scaling(const Scheme& scheme, const Fans& fans) {
  const double gain = number_of(scheme, "gain");
  const double variance = gain * gain * not_negative(scheme, "scale") / fan_number(scheme, fans);
  const std::string distribution = word_of(scheme, "distribution");
  if (distribution == "uniform") return symmetric_uniform(std::sqrt(3 * variance));
  return distribution == "truncated_normal" ? truncated_at_two(std::sqrt(variance)) : Distribution{Normal{0, std::sqrt(variance)}};
}

// 1 / (f'(0) sqrt(1 + f(0)^2)); the tests hold it against the activations themselves.
double kumar_factor(const std::string& activation) {
  struct Row {
    std::string_view name;
    double factor;
  };
  static constexpr std::array<Row, 13> rows{{{"sigmoid", 3.5777087639996635},
                                             {"softplus", 1.6437383259702148},
                                             {"erf", 0.88622692545275801},
                                             {"mish", 1.6666666666666667},
                                             {"gelu", 2},
                                             {"gelu_tanh", 2},
                                             {"silu", 2},
                                             {"quick_gelu", 2},
                                             {"tanh", 1},
                                             {"linear", 1},
                                             {"softsign", 1},
                                             {"sin", 1},
                                             {"atan", 1}}};
  for (const Row& row : rows) {
    if (row.name == activation) return row.factor;
  }
  fail(ErrorCode::internal, "kumar: no constant for " + activation);
}

Distribution siren(const Scheme& scheme, const Fans& fans) {
  if (is_set(scheme, "first")) return symmetric_uniform(1 / fans.fan_in);
  return symmetric_uniform(std::sqrt(6 / fans.fan_in) / positive(scheme, "omega"));
}

Distribution depth_index_normal(const Scheme& scheme, const Fans&) {
  const double index = not_negative(scheme, "index");
  return Normal{0, not_negative(scheme, "std") / std::sqrt(2 * (index + 1))};
}

Distribution wang_init(const Scheme& scheme, const Fans&) {
  return Normal{0, 2 / (positive(scheme, "layers") * std::sqrt(positive(scheme, "width")))};
}

struct Law {
  std::string_view name;
  LawOf of;
};

const std::array<Law, 20> laws{{
    {"zeros", [](const Scheme&, const Fans&) -> Distribution { return Constant{0}; }},
    {"ones", [](const Scheme&, const Fans&) -> Distribution { return Constant{1}; }},
    {"constant", [](const Scheme& s, const Fans&) -> Distribution { return Constant{number_of(s, "value")}; }},
    {"uniform",
     [](const Scheme& s, const Fans&) -> Distribution {
       const double low = number_of(s, "low"), high = number_of(s, "high");
       if (!(low <= high)) refuse(s, "expected low <= high");
       return Uniform{low, high};
     }},
    {"log_uniform",
     [](const Scheme& s, const Fans&) -> Distribution {
       const double low = positive(s, "low"), high = number_of(s, "high");
       if (!(low <= high)) refuse(s, "expected low <= high");
       return LogUniform{low, high};
     }},
    {"normal",
     [](const Scheme& s, const Fans&) -> Distribution {
       return Normal{number_of(s, "mean"), not_negative(s, "std")};
     }},
    {"truncated_normal", truncated_normal},
    {"variance_scaling", variance_scaling},
    {"glorot_uniform",
     [](const Scheme& s, const Fans& f) { return symmetric_uniform(number_of(s, "gain") * std::sqrt(6 / (f.fan_in + f.fan_out))); }},
    {"glorot_normal",
     [](const Scheme& s, const Fans& f) { return maybe_truncated(s, not_negative(s, "gain") * std::sqrt(2 / (f.fan_in + f.fan_out))); }},
    {"he_uniform", [](const Scheme& s, const Fans& f) { return symmetric_uniform(std::sqrt(3 * he_scale(s) / fan_number(s, f))); }},
    {"he_normal", [](const Scheme& s, const Fans& f) { return maybe_truncated(s, std::sqrt(he_scale(s) / fan_number(s, f))); }},
    {"lecun_uniform", [](const Scheme& s, const Fans& f) { return symmetric_uniform(not_negative(s, "gain") * std::sqrt(3 / f.fan_in)); }},
    {"lecun_normal", [](const Scheme& s, const Fans& f) { return maybe_truncated(s, not_negative(s, "gain") * std::sqrt(1 / f.fan_in)); }},
    {"kumar",
     [](const Scheme& s, const Fans& f) -> Distribution {
       return Normal{0, kumar_factor(word_of(s, "activation")) / std::sqrt(f.fan_in)};
     }},
    {"siren", siren},
    {"residual_scaled_normal",
     [](const Scheme& s, const Fans&) -> Distribution {
       return Normal{0, not_negative(s, "std") / std::sqrt(positive(s, "branches"))};
     }},
    {"depth_index_normal", depth_index_normal},
    {"wang_init", wang_init},
    {"small_init",
     [](const Scheme& s, const Fans&) -> Distribution {
       return Normal{0, std::sqrt(2 / (5 * positive(s, "width")))};
     }},
}};

LawOf find_law(std::string_view name) {
  for (const Law& law : laws) {
    if (law.name == name) return law.of;
  }
  return nullptr;
}

// Jozefowicz 2015: the forget gate of the first bias; a second bias is added to it and repeats the gates' names.
std::vector<Region> forget_bias_regions(const Scheme& scheme, const Geometry& geometry) {
  const std::string gate = word_of(scheme, "gate");
  check_sections(geometry);
  std::vector<Region> regions;
  bool found = false;
  std::string names;
  for (std::size_t i = 0; i < geometry.sections.size(); ++i) {
    const Section& section = geometry.sections[i];
    const bool first = !found && section.name == gate;
    found = found || first;
    names += (names.empty() ? "" : ", ") + section.name;
    regions.push_back({geometry.section_axis, section.begin, section.end, i, Constant{first ? number_of(scheme, "value") : 0.0}});
  }
  if (!found) {
    refuse(scheme, "expected a packed gate bias with a section '" + gate + "', got " + describe(geometry) + " with sections " +
                       (names.empty() ? "none" : names) + "; use zeros");
  }
  return regions;
}

std::vector<Region> with_padding_row(const Scheme& scheme, const Geometry& geometry, double row, const Distribution& law) {
  if (!geometry.sections.empty() || geometry.shape.empty())
    refuse(scheme, "expected a table without sections for padding_row, got " + describe(geometry));
  const std::size_t letter = geometry.layout.find('V');
  const int axis = letter == std::string::npos ? 0 : static_cast<int>(letter);
  const std::int64_t size = geometry.shape[static_cast<std::size_t>(axis)];
  const auto at = static_cast<std::int64_t>(row);
  if (at < 0 || at >= size) refuse(scheme, "expected padding_row in [0, " + std::to_string(size) + ")");
  return {{axis, 0, at, 0, law}, {axis, at, at + 1, 0, Constant{0}}, {axis, at + 1, size, 0, law}};
}

}  // namespace

bool has_law(const Scheme& scheme) { return scheme.name == "lstm_forget_bias" || find_law(scheme.name) != nullptr; }

std::optional<double> optional_number(const Scheme& scheme, std::string_view argument) {
  return word_of(scheme, argument) == "none" ? std::nullopt : std::optional(number_of(scheme, argument));
}

std::vector<Fans> resolve_fans(const Geometry& geometry, std::span<const Fans> fans) {
  const std::size_t count = std::max<std::size_t>(1, geometry.sections.size());
  if (fans.empty()) return section_fans_of(geometry);
  if (fans.size() != 1 && fans.size() != count) {
    fail(ErrorCode::invalid_argument, "fans of " + describe(geometry) + ": expected 1 or " + std::to_string(count) +
                                          " (one per section), got " + std::to_string(fans.size()));
  }
  for (const Fans& f : fans) {
    if (!(f.fan_in > 0) || !(f.fan_out > 0)) {
      fail(ErrorCode::invalid_argument, "fans of " + describe(geometry) + ": expected numbers above 0, got " + print_number(f.fan_in) +
                                            " -> " + print_number(f.fan_out));
    }
  }
  return fans.size() == count ? std::vector<Fans>(fans.begin(), fans.end()) : std::vector<Fans>(count, fans[0]);
}

std::vector<Region> regions_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans) {
  if (scheme.name == "lstm_forget_bias") return forget_bias_regions(scheme, geometry);
  const LawOf law = find_law(scheme.name);
  if (law == nullptr) refuse(scheme, "expected a scheme of independent elements");
  const SchemeRow& row = *find_scheme(scheme.name);
  if (!row.needs_fans) {
    const Distribution whole = law(scheme, Fans{});
    const bool table = scheme.name == "normal" || scheme.name == "uniform";
    const auto padding = table ? optional_number(scheme, "padding_row") : std::nullopt;
    if (padding) return with_padding_row(scheme, geometry, *padding, whole);
    return {{-1, 0, 0, 0, whole}};
  }
  const std::vector<Fans> resolved = resolve_fans(geometry, fans);
  if (geometry.sections.empty()) return {{-1, 0, 0, 0, law(scheme, resolved[0])}};
  check_sections(geometry);
  std::vector<Region> regions;
  for (std::size_t i = 0; i < geometry.sections.size(); ++i) {
    regions.push_back({geometry.section_axis, geometry.sections[i].begin, geometry.sections[i].end, i, law(scheme, resolved[i])});
  }
  return regions;
}

}  // namespace evenkeel::schemes
