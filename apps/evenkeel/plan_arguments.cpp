// SPDX-License-Identifier: Apache-2.0
#include "plan_arguments.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/analyse.hpp"
#include "evenkeel/graph/separate.hpp"
#include "evenkeel/graph/shapes.hpp"
#include "evenkeel/graph/spec.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/report/table.hpp"

namespace evenkeel::app {
namespace {

std::pair<std::string, std::string> split_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    fail(ErrorCode::invalid_argument,
         fmt::format("--set {}: expected GLOB=SCHEME, for example --set 'classifier*=normal(std=0.01)'", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Messages about a file are of one line, so that any further line comes from a name in it; those about a spec show its place below it.
Model read_readable(const std::string& path_or_spec) {
  try {
    return read_model(path_or_spec);
  } catch (const Error& error) { fail(error.code(), printable(error.what(), is_spec(path_or_spec))); }
}

// mpl:3,4 is no file; it is meant for a spec.
void check_family(const std::string& text) {
  std::error_code ignored;
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || is_spec(text) || std::filesystem::exists(text, ignored)) return;
  const std::vector<std::string> families = {"mlp", "cnn", "resnet", "gpt"};
  const std::string family = text.substr(0, colon), meant = suggestion(family, families, 1);
  if (meant.empty()) return;
  fail(ErrorCode::bad_file, fmt::format("{}: there is no such file, and {} is no family of built-in specs{}", text, family, meant));
}

}  // namespace

std::vector<CLI::Option*> add_plan_arguments(CLI::App& parser, PlanArguments& a) {
  parser.add_option("MODEL", a.model, "an ONNX file, or a built-in spec: mlp:784,256x8,10:relu, cnn:..., resnet:18, gpt:128x4")->required();
  const auto many = [&parser](const char* name, std::vector<std::string>& into, const char* help, const char* type) {
    return parser.add_option(name, into, help)->allow_extra_args(false)->option_text(type);
  };
  return {
      parser.add_option("--recipe", a.recipe, fmt::format("{}, or a TOML file", fmt::join(recipe_names(), ", ")))->option_text("NAME"),
      many(
          "--set", a.set,
          "this scheme for tensors that match; may be repeated, the last match wins. GLOB fits a tensor, its node, its scope, or role:NAME",
          "GLOB=SCHEME"),
      many("--only", a.only, "initialise only what matches; the rest keeps its bytes. May be repeated", "GLOB"),
      many("--untie", a.untie, "give tied copies values of their own. May be repeated", "GLOB"),
      parser.add_option("--unknown", a.unknown, "scheme for tensors whose role the graph does not tell (else an error)")
          ->option_text("SCHEME"),
      parser.add_flag("--keep-statistics", a.keep_statistics, "leave running means and variances as stored")};
}

Planning planning_of(const PlanArguments& a) {
  Planning planning;
  for (const std::string& setting : a.set) planning.options.set.push_back(split_setting(setting));
  planning.options.only = a.only;
  planning.options.untie = a.untie;
  planning.options.unknown = a.unknown;
  planning.options.keep_statistics = a.keep_statistics;
  check_schemes(planning.options);
  planning.recipe = load_recipe(a.recipe);
  return planning;
}

std::string readable_message(const Model& model, std::string message) {
  const auto replace = [&message](const std::string& name) {
    if (name.find('\n') == std::string::npos) return;
    const std::string shown = printable(name);
    for (std::size_t at = message.find(name); at != std::string::npos; at = message.find(name, at + shown.size()))
      message.replace(at, name.size(), shown);
  };
  for (const auto& tensor : model.graph.tensors) replace(tensor.name);
  for (const Node& node : model.graph.nodes) replace(node.name);
  return message;
}

Model open_model(const std::string& path_or_spec) {
  check_family(path_or_spec);
  Model model = read_readable(path_or_spec);
  with_readable_names(model, [&model] {
    infer_shapes(model.graph, *model.weights);
    model.weights = separate_merged(model.graph, model.weights);
  });
  return model;
}

Plan plan_of(const Model& model, const Planning& planning) {
  Plan plan = with_readable_names(
      model, [&] { return make_plan(model.graph, analyse(model.graph, *model.weights), planning.recipe, planning.options); });
  plan.model = model.path.empty() ? model.name : model.path.filename().string();
  return plan;
}

}  // namespace evenkeel::app
