// SPDX-License-Identifier: Apache-2.0
// From a model to a written file in every floating-point environment of the caller: one plan, one file, byte for byte.
#include <gtest/gtest.h>

#include <string>

#include "backend/caller_environment.hpp"
#include "evenkeel/apply/apply.hpp"
#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/plan/make_plan.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

std::string planned(const std::string& spec, const std::string& recipe) {
  const Model model = read_model(spec);
  const Plan plan = make_plan(model.graph, analyse(model.graph, *model.weights), load_recipe(recipe));
  return to_json(parse_plan(to_json(plan), "plan"));
}

TEST(Environment, PlansAreTheSame) {
  for (const char* spec : {"mlp:8,16x2,4:gelu", "mlp:8,16x3,4:tanh", "cnn:3,8x2,10:silu", "gpt:32x2"}) {
    for (const char* recipe : {"auto", "pytorch", "flax"}) {
      SCOPED_TRACE(std::string(spec) + ' ' + recipe);
      expect_same_in_every_environment([&] { return planned(spec, recipe); });
    }
  }
}

TEST(Environment, WrittenFilesAreTheSame) {
  const TemporaryFolder folder;
  const std::string toml = "name = \"small\"\nbase = \"auto\"\n[[rule]]\nrole = \"dense\"\nscheme = \"normal(std=1e-39)\"\n";
  for (const char* spec : {"mlp:8,16x2,4:gelu", "cnn:3,8x2,10:relu"}) {
    SCOPED_TRACE(spec);
    const Model model = read_model(spec);
    const auto out = folder / "out.onnx";  // paths grow by a factor: arithmetic of the standard library, which a caller's traps reach
    expect_same_in_every_environment([&] {
      const Plan plan = make_plan(model.graph, analyse(model.graph, *model.weights), parse_recipe(toml, "small.toml"));
      apply(plan, model, out, {.seed = 3, .threads = 2, .overwrite = true});
      return bytes_of_file(out);
    });
  }
}

}  // namespace
}  // namespace evenkeel::test
