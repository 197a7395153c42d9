// SPDX-License-Identifier: Apache-2.0
// What `evenkeel init MODEL -o OUT --seed 1` does, step by step. MODEL is an ONNX file or a spec such as gpt:128x4.
#include <cstdio>

#include "evenkeel/apply/apply.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/shapes.hpp"
#include "evenkeel/plan/make_plan.hpp"

int main(int count, char** arguments) try {
  if (count != 3) {
    std::fprintf(stderr, "usage: initialise_model MODEL OUT\n");
    return 2;
  }
  evenkeel::Model model = evenkeel::read_model(arguments[1]);
  evenkeel::infer_shapes(model.graph, *model.weights);
  const evenkeel::Analysis analysis = evenkeel::analyse(model.graph, *model.weights);
  const evenkeel::Plan plan = evenkeel::make_plan(model.graph, analysis, evenkeel::load_recipe("auto"));
  const evenkeel::ApplyResult result = evenkeel::apply(plan, model, arguments[2], {.seed = 1});
  std::printf("%d tensors written, %d kept\n", static_cast<int>(result.tensors_written), static_cast<int>(result.tensors_kept));
} catch (const evenkeel::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
