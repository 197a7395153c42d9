// SPDX-License-Identifier: Apache-2.0
#include "plan/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
namespace evenkeel {
namespace {

// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

template <typename Condition>
std::vector<std::string> names_where(const Plan& plan, const Analysis& analysis, Condition condition) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    if (condition(plan.parameters[i], analysis.parameters[i])) names.push_back(plan.parameters[i].name);
  }
  return names;
}

}  // namespace

std::vector<std::string> warnings_of(const Plan& plan, const Analysis& analysis) {
  std::vector<std::string> warnings;
  const auto warn = [&](const std::vector<std::string>& names, auto text) {
    if (!names.empty()) warnings.push_back(text(names));
  };
  warn(names_where(plan, analysis,
                   [](const PlanEntry& e, const Parameter& p) { return p.folded_norm && has_fans(e.geometry.role) && !is_kept(e); }),
       [](const auto& names) {
         return fmt::format(
             "FOLDED NORMS: {} convolution{} ({}) seem{} to have had BatchNormalization, which the exporter folded into weight and bias. "
             "With fresh values the "
             "net has no normalization there at all and will train like a net without it. Export the model again with its norms (training "
             "mode, no constant "
             "folding), or go on if that is what you want.",
             names.size(), names.size() == 1 ? "" : "s", listed(names), names.size() == 1 ? "s" : "");
       });
  warn(names_where(plan, analysis,
                   [](const PlanEntry& e, const Parameter& p) { return p.folded_norm && e.geometry.role == Role::norm_scale; }),
       [](const auto& names) {
         return fmt::format(
             "FOLDED NORMS: {} tensor{} ({}) hold{} scale and running variance of a batch normalization in one. It is set to 1, as for a "
             "norm "
             "that has seen no data; while training, no statistics will be kept there. Export the model again in training mode if it is to "
             "be trained.",
             names.size(), names.size() == 1 ? "" : "s", listed(names), names.size() == 1 ? "s" : "");
       });
  warn(names_where(plan, analysis, [](const PlanEntry& e, const Parameter&) { return e.geometry.role == Role::quantized; }),
       [](const auto& names) {
         return fmt::format(
             "{} tensors belong to quantized weights and stay as stored ({}); initialise the float model and quantize it again.",
             names.size(), listed(names));
       });
  warn(names_where(plan, analysis, [](const PlanEntry& e, const Parameter&) { return e.rule == "--unknown"; }), [](const auto& names) {
    return fmt::format("{} tensor{} of unknown role set by --unknown: {}.", names.size(), names.size() == 1 ? "" : "s", listed(names));
  });
  warn(names_where(plan, analysis,
                   [](const PlanEntry& e, const Parameter& p) {
                     return p.fed_by.name == "unknown" && e.assumed && !is_kept(e) && has_fans(p.geometry.role);
                   }),
       [](const auto& names) {
         return fmt::format("{} weight{} read an activation that is not known here: {}; *assumed* to pass variance 1 on.", names.size(),
                            names.size() == 1 ? "" : "s", listed(names));
       });
  warn(names_where(plan, analysis,
                   [&](const PlanEntry& e, const Parameter& p) {
                     return !is_kept(e) && e.std > 0 && std::any_of(p.merged.begin(), p.merged.end(), [&](const std::string& name) {
                       return std::any_of(plan.parameters.begin(), plan.parameters.end(),
                                          [&](const PlanEntry& other) { return other.name == name && other.stream == e.stream; });
                     });
                   }),
       [](const auto& names) {
         return fmt::format(
             "{} tensor{} stored once for several equal ones ({}); layers that read them share random values. Give each its own with "
             "--untie GLOB if they are not "
             "meant to be shared.",
             names.size(), names.size() == 1 ? "" : "s", listed(names));
       });
  return warnings;
}

}  // namespace evenkeel
