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
#include "evenkeel/theory/activation.hpp"

namespace evenkeel::app {
namespace {

std::pair<std::string, std::string> split_setting(const std::string& text, const char* option, const char* form, const char* example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    fail(ErrorCode::invalid_argument, fmt::format("{} {}: expected {}, for example {} {}", option, text, form, option, example));
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
  const std::vector<std::string> families = spec_families();
  const std::string family = text.substr(0, colon), meant = suggestion(family, families, 1);
  if (meant.empty()) return;
  fail(ErrorCode::bad_file, fmt::format("{}: there is no such file, and {} is no family of built-in specs{}", text, family, meant));
}

void check_activation(const std::string& name) {
  if (name.empty() || is_known_activation(name)) return;
  const std::vector<std::string> known = activation_names();
  fail(ErrorCode::invalid_argument,
       fmt::format("--activation {}: expected one of {}{}", name, fmt::join(known, ", "), suggestion(name, known, 1)));
}

// Where there is a graph, every layer's own activation is read from it.
void check_activation_counts(const Model& model, const std::string& name) {
  if (name.empty() || model.graph.names_only) return;
  fail(ErrorCode::invalid_argument, fmt::format("--activation {}: {} has a graph, which tells each layer's activation; the option is for "
                                                "files of weights alone (safetensors, npz). Leave it out, or use --set GLOB=SCHEME",
                                                name, model.name));
}

// A graph does not know the file it came from; what is wrong with it is wrong with the file.
template <class Step>
auto with_file_name(const Model& model, Step step) {
  try {
    return step();
  } catch (const Error& error) {
    const std::string message = error.what();
    if (error.code() != ErrorCode::bad_file || message.find(model.name) != std::string::npos) throw;
    fail(ErrorCode::bad_file, fmt::format("{}: {}", model.name, message));
  }
}

}  // namespace

std::vector<CLI::Option*> add_plan_arguments(CLI::App& parser, PlanArguments& a) {
  constexpr const char* model_help =
      "an ONNX, safetensors (also .index.json) or npz file, or a built-in spec: mlp:784,256x8,10:relu, cnn:..., resnet:18, gpt:128x4";
  parser.add_option("MODEL", a.model, model_help)->required();
  const auto many = [&parser](const char* name, std::vector<std::string>& into, const char* help, const char* type) {
    return parser.add_option(name, into, help)->allow_extra_args(false)->option_text(type);
  };
  // Not among those returned: a plan that takes values is applied with the file it takes them from.
  parser
      .add_option(
          "--from", a.from,
          "take stored weights of this file where name and shape match, and initialise only the rest; the table says which is which")
      ->option_text("FILE");
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
      parser.add_flag("--keep-statistics", a.keep_statistics, "leave running means and variances as stored"),
      many(
          "--map", a.map,
          "rename what --from takes: a glob on FILE's names and the name here, 'bert.*=model.bert.*'; may be repeated, the last match wins",
          "FROM=TO"),
      many("--extend", a.extend, "take the stored rows where the model has more, also for tensors that are no embedding. May be repeated",
           "GLOB"),
      parser
          .add_option("--activation", a.activation,
                      "the hidden activation of a file of weights alone, where its config does not tell (else assumed)")
          ->option_text("NAME")};
}

Planning planning_of(const PlanArguments& a) {
  Planning planning;
  for (const std::string& setting : a.set)
    planning.options.set.push_back(split_setting(setting, "--set", "GLOB=SCHEME", "'classifier*=normal(std=0.01)'"));
  for (const std::string& rule : a.map) planning.options.map.push_back(split_setting(rule, "--map", "FROM=TO", "'bert.*=model.bert.*'"));
  for (const auto& [option, given] : {std::pair("--map", !a.map.empty()), std::pair("--extend", !a.extend.empty())}) {
    if (given && a.from.empty()) fail(ErrorCode::invalid_argument, fmt::format("{}: expected --from FILE with it", option));
  }
  check_activation(a.activation);
  planning.analysis.activation = a.activation;
  planning.options.extend = a.extend;
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

std::optional<Model> open_source(const PlanArguments& a) {
  if (a.from.empty()) return std::nullopt;
  if (is_spec(a.from)) {
    fail(ErrorCode::invalid_argument,
         fmt::format("--from {}: a built-in spec holds no values to take; expected an ONNX, safetensors or npz file", a.from));
  }
  return open_model(a.from);
}

Plan plan_of(const Model& model, const Planning& planning, const std::optional<Model>& from) {
  check_activation_counts(model, planning.analysis.activation);
  PlanOptions options = planning.options;
  std::optional<Analysis> there;
  if (from) {
    if (!from->graph.names_only) there = with_readable_names(*from, [&] { return analyse(from->graph, *from->weights); });
    options.from = StoredFile{from->name, &from->graph, from->weights.get(), there ? &*there : nullptr};
  }
  const auto make = [&] {
    return with_file_name(
        model, [&] { return make_plan(model.graph, analyse(model.graph, *model.weights, planning.analysis), planning.recipe, options); });
  };
  Plan plan = with_readable_names(model, [&] { return from ? with_readable_names(*from, make) : make(); });
  plan.model = model.path.empty() ? model.name : model.path.filename().string();
  plan.warnings.insert(plan.warnings.begin(), model.warnings.begin(), model.warnings.end());
  if (from) {
    plan.from = from->path.filename().string();
    for (const std::string& warning : from->warnings) plan.warnings.push_back(fmt::format("{}: {}", plan.from, warning));
  }
  return plan;
}

}  // namespace evenkeel::app
