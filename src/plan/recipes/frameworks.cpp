// SPDX-License-Identifier: Apache-2.0
#include "plan/recipes/frameworks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace evenkeel::recipes {
namespace {

std::string fans_words(const Fans& f) { return fmt::format("fan_in {}, fan_out {}", shown(f.fan_in), shown(f.fan_out)); }

}  // namespace

Decision with_framework_fans(const Subject& s, Decision decision, std::string_view framework) {
  if (s.framework_fans.empty() || s.framework_fans == s.fans) return decision;
  const bool one_for_all = s.framework_fans.size() == 1 && s.fans.size() > 1;
  if (one_for_all && std::all_of(s.fans.begin(), s.fans.end(), [&](const Fans& f) { return f == s.framework_fans[0]; })) return decision;
  decision.scheme_fans = s.framework_fans;
  decision.reason += fmt::format(" {} counts {} here; true are {}{}.", framework, fans_words(s.framework_fans[0]), fans_words(s.fans[0]),
                                 s.fans.size() > 1 ? " in the first section" : "");
  return decision;
}

Rule borrowed(const Rule& rule, std::string_view framework) {
  return {rule.name, [decide = rule.decide, framework = std::string(framework)](const Subject& s) -> Answer {
            Answer answer = decide(s);
            if (answer) answer->reason += fmt::format(" ({} has no default for this; the rule is auto's.)", framework);
            return answer;
          }};
}

double bias_fan_in(const Subject& s) {
  if (!s.weight_framework_fans.empty()) return s.weight_framework_fans[0].fan_in;
  return s.weight_fans.empty() ? 0 : s.weight_fans[0].fan_in;
}

std::int64_t hidden_size_of(const Parameter& parameter) {
  const Geometry& g = parameter.geometry;
  if (!g.sections.empty()) return g.sections[0].end - g.sections[0].begin;
  const auto output = g.layout.find('O');
  if (output == std::string::npos || output >= g.shape.size()) return 0;
  const bool two_biases = g.role == Role::bias && parameter.node_op == "RNN";  // of input and state, joined in one tensor
  return g.shape[output] / (two_biases ? 2 : 1);
}

}  // namespace evenkeel::recipes
