// SPDX-License-Identifier: Apache-2.0
// Everything that people write: plans, recipes, schemes, specs, globs. The first byte chooses.
#include <cmath>

#include "evenkeel/graph/spec.hpp"
#include "evenkeel/plan/make_plan.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/plan/recipe.hpp"
#include "target.hpp"

namespace {

using namespace evenkeel;
using fuzz::require;
using fuzz::survives;

void use_plan(std::string_view text) {
  Plan plan;
  if (!survives([&] { plan = parse_plan(text, "plan.json"); })) return;
  const std::string json = to_json(plan);
  require(to_json(parse_plan(json, "again")) == json, "a plan is the same when read back");
}

void use_recipe(std::string_view text) {
  (void)survives([&] { (void)parse_recipe(text, "recipe.toml"); });
}

void use_scheme(std::string_view text) {
  Scheme scheme;
  if (!survives([&] { scheme = parse_scheme(text); })) return;
  require(parse_scheme(to_string(scheme)) == scheme, "a scheme is the same when read back");
}

void use_spec(std::string_view text) {
  (void)is_spec(text);
  (void)survives([&] { (void)parse_spec(text); });
}

void use_glob(std::string_view text) {
  const std::size_t middle = text.find('\n');
  if (middle == std::string_view::npos) return;
  const std::string_view glob = text.substr(0, middle);
  const std::string_view name = text.substr(middle + 1);
  (void)matches_glob(glob, name);
  require(matches_glob("*", name), "* fits anything");
  const std::vector<std::string> candidates{std::string(name), "role:dense", "layer1.0.weight"};
  (void)suggestion(glob, candidates);
  PlanOptions options;
  options.set = {{std::string(glob), std::string(name)}};
  (void)survives([&] { check_schemes(options); });
}

constexpr void (*uses[])(std::string_view) = {use_plan, use_recipe, use_scheme, use_spec, use_glob};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  uses[data[0] % std::size(uses)](fuzz::text_of(data + 1, size - 1));
  return 0;
}
