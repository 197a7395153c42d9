// SPDX-License-Identifier: Apache-2.0
// evenkeel plan: the decision, as a table or as the JSON that init --plan takes.
#include <cstdio>
#include <memory>

#include "command.hpp"
#include "plan_arguments.hpp"
#include "plan_table.hpp"
#include "terminal.hpp"

namespace evenkeel::app {
namespace {

struct Arguments {
  PlanArguments plan;
  bool json = false, all = false, wide = false;
};

int run(const Arguments& a) {
  const Planning planning = planning_of(a.plan);
  const Model model = open_model(a.plan.model);
  const Plan plan = plan_of(model, planning, open_source(a.plan));
  const std::string text =
      a.json ? to_json(plan) : plan_text(plan, {a.wide ? 0 : output_width(), output_colour(), a.all || a.wide, a.wide});
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Exit::good;
}

}  // namespace

std::function<int()> describe_plan(CLI::App& parser) {
  const auto a = std::make_shared<Arguments>();
  add_plan_arguments(parser, a->plan);
  parser.add_flag("--json", a->json, "print the plan as JSON; edit it and apply it with init --plan");
  parser.add_flag("--all", a->all, "one row per tensor, repeated layers and kept tensors too");
  parser.add_flag("--wide", a->wide, "one line per tensor, reasons in the last column, as wide as it needs");
  parser.footer(
      "Examples:\n"
      "  evenkeel plan model.onnx --recipe pytorch\n"
      "  evenkeel plan model.onnx --set '/layer4*=orthogonal(gain=1.4)' --set 'role:router=normal(std=0.01)'\n"
      "  evenkeel plan model.onnx --from pretrained.safetensors --map 'bert.*=model.bert.*'\n"
      "  evenkeel plan model.onnx --json > plan.json; (edit); evenkeel init model.onnx --plan plan.json -o out.onnx\n");
  return [a] { return run(*a); };
}

}  // namespace evenkeel::app
