// SPDX-License-Identifier: Apache-2.0
// evenkeel init: plan, or take a plan, and write.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "command.hpp"
#include "evenkeel/apply/apply.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "interrupt.hpp"
#include "output_guard.hpp"
#include "plan_arguments.hpp"
#include "plan_table.hpp"
#include "progress.hpp"
#include "terminal.hpp"

namespace evenkeel::app {
namespace {

struct Arguments {
  PlanArguments plan;
  std::string out, plan_file, seed_text;
  std::optional<std::uint64_t> seed;
  bool force = false, in_place = false, json = false, quiet = false, all = false;
};

bool looks_like_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char c = 0;
  while (file.get(c)) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return c == '{';
  }
  return false;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    fail(ErrorCode::bad_file, fmt::format("{}: cannot be opened; expected a plan (evenkeel plan --json) or a model that init wrote", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

// A plan file, or the manifest inside a model that init wrote.
Plan read_plan(const std::string& path, Inputs& inputs) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    fail(ErrorCode::bad_file, fmt::format("{}: no such file; expected a plan (evenkeel plan --json) or a model that init wrote", path));
  const bool named_json = std::filesystem::path(path).extension() == ".json";
  const bool holds_model = path.ends_with(".index.json") || !(named_json || looks_like_json(path));
  inputs.plan.emplace_back(path);
  if (!holds_model) return parse_plan(read_text(path), path);
  const Model model = read_model(path);
  inputs.plan = model.files;
  return read_manifest(model);
}

std::filesystem::path target_of(const Arguments& a, const Model& model) {
  std::error_code ignored;
  if (a.in_place) {
    if (model.path.empty())
      fail(ErrorCode::invalid_argument, fmt::format("--in-place: {} is a built-in spec, not a file; give -o OUT", a.plan.model));
    check_no_cache(model.path);
    return model.path;
  }
  if (a.out.empty()) fail(ErrorCode::invalid_argument, "init: expected -o OUT (or --in-place to change the input file itself)");
  if (!model.path.empty() && std::filesystem::equivalent(a.out, model.path, ignored)) {
    fail(ErrorCode::invalid_argument, fmt::format("{} is the input; write to another file, or ask for --in-place", a.out));
  }
  if (std::filesystem::is_directory(a.out, ignored)) {
    fail(ErrorCode::invalid_argument, fmt::format("{} is a folder; expected the name of a file to write, for example {}", a.out,
                                                  (std::filesystem::path(a.out) / "model.onnx").string()));
  }
  check_suffix(model, a.out);
  check_no_cache(a.out);
  if (!a.force && std::filesystem::exists(a.out, ignored))
    fail(ErrorCode::invalid_argument, fmt::format("{} exists; give another name, or --force to replace it", a.out));
  return a.out;
}

void print_result(const Arguments& a, const Plan& plan, const std::filesystem::path& out, const ApplyResult& result, std::uint64_t seed,
                  double seconds) {
  std::string text;
  if (a.json) {
    nlohmann::ordered_json report;
    report["plan"] = nlohmann::ordered_json::parse(to_json(plan));
    report["result"] = {{"path", out.string()},
                        {"seed", seed},
                        {"tensors_written", result.tensors_written},
                        {"tensors_taken", result.tensors_taken},
                        {"tensors_kept", result.tensors_kept},
                        {"elements", result.elements_written},
                        {"bytes", result.bytes_written},
                        {"seconds", seconds},
                        {"notes", result.notes}};
    text = report.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  } else if (!a.quiet) {
    text = plan_text(plan, {output_width(), output_colour(), a.all, false});
    const std::string line =
        fmt::format("wrote {}: {} tensors, {} values, {} in {:.2f} s (seed {}{}); {}{} kept", out.string(),
                    with_thousands(result.tensors_written + result.tensors_taken), with_thousands(result.elements_written),
                    bytes_words(static_cast<double>(result.bytes_written)), seconds, seed, a.seed || plan.seed ? "" : ", the default",
                    result.tensors_taken > 0 ? with_thousands(result.tensors_taken) + " taken, " : "", with_thousands(result.tensors_kept));
    for (const std::string& part : wrap(printable(line), output_width())) text += part + "\n";
    for (const std::string& note : result.notes) {
      for (const std::string& part : wrap(printable(note), output_width())) text += part + "\n";
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// A tensor is made in memory as a whole, so the largest decides.
ApplyResult applied(const Plan& plan, const Model& model, const std::filesystem::path& out, ApplyOptions options, bool quiet) {
  Progress progress(quiet);
  const InterruptGuard guard;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    InterruptGuard::check();
    progress.show(done, total);
  };
  try {
    return apply(plan, model, out, options);
  } catch (const std::bad_alloc&) {
    const auto bytes_of = [](const PlanEntry& e) {
      return is_kept(e) ? 0.0 : static_cast<double>(element_count(e.geometry.shape)) * static_cast<double>(size_of(e.dtype));
    };
    const PlanEntry* largest = nullptr;
    for (const PlanEntry& e : plan.parameters) {
      if (largest == nullptr || bytes_of(e) > bytes_of(*largest)) largest = &e;
    }
    if (largest == nullptr) throw;
    fail(ErrorCode::output, fmt::format("out of memory: the largest tensor, {}, takes {:.0f} bytes ({}), and is made in memory as a whole; "
                                        "choose a smaller model or a machine with more memory",
                                        largest->name, bytes_of(*largest), bytes_words(bytes_of(*largest))));
  }
}

std::optional<std::uint64_t> parse_seed(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t seed = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (problem != std::errc() || end != text.data() + text.size()) {
    fail(ErrorCode::invalid_argument, fmt::format("--seed {}: expected a whole number from 0 to 18446744073709551615", text));
  }
  return seed;
}

/// A file that init wrote is model and plan in one; a plan in JSON is not.
std::string model_named_by_plan(const Arguments& a) {
  if (a.plan_file.empty())
    fail(ErrorCode::invalid_argument, "init: expected MODEL, an ONNX, safetensors or npz file, or a built-in spec (mlp:784,256x8,10:relu)");
  try {
    (void)read_model(a.plan_file);
  } catch (const Error&) {
    fail(ErrorCode::invalid_argument,
         fmt::format("init: expected MODEL: {} holds a plan, but no model that it could be applied to; name the model first", a.plan_file));
  }
  return a.plan_file;
}

int run(Arguments& a) {
  const auto start = std::chrono::steady_clock::now();
  a.seed = parse_seed(a.seed_text);
  const Planning planning = planning_of(a.plan);
  if (a.plan.model.empty()) a.plan.model = model_named_by_plan(a);
  const Model model = open_model(a.plan.model);
  const std::filesystem::path out = target_of(a, model);
  const std::optional<Model> from = open_source(a.plan);
  Inputs inputs{&model, from ? &*from : nullptr, {}, a.plan.recipe};
  const auto checked = [&](Plan plan) {
    check_spares_inputs(inputs, out, a.in_place);
    return plan;
  };
  const Plan plan = checked(a.plan_file.empty() ? plan_of(model, planning, from) : read_plan(a.plan_file, inputs));
  ApplyOptions options;
  options.seed = a.seed ? *a.seed : plan.seed.value_or(0);
  options.from = from ? &*from : nullptr;
  options.overwrite = a.force || a.in_place;
  const ApplyResult result = with_readable_names(model, [&] { return applied(plan, model, out, options, a.quiet); });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  print_result(a, plan, out, result, options.seed, seconds.count());
  return Exit::good;
}

}  // namespace

std::function<int()> describe_init(CLI::App& parser) {
  const auto a = std::make_shared<Arguments>();
  const std::vector<CLI::Option*> deciding = add_plan_arguments(parser, a->plan);
  parser.add_option("-o,--out", a->out, "the file to write")->option_text("OUT");
  parser.add_option("--seed", a->seed_text, "0 to 2^64-1; the same seed and plan give the same bytes (default: the plan's, else 0)")
      ->option_text("N");
  CLI::Option* plan =
      parser.add_option("--plan", a->plan_file, "apply this plan: JSON from plan --json, or a model that init wrote (its manifest)")
          ->option_text("FILE");
  for (CLI::Option* option : deciding) plan->excludes(option);
  parser.get_option("MODEL")->required(false);  // --plan FILE may name a model that init wrote
  parser.add_flag("--force", a->force, "replace OUT where it exists");
  parser.add_flag("--in-place", a->in_place, "change MODEL itself")->excludes("--out");
  parser.add_flag("--json", a->json, "print plan and result as JSON");
  parser.add_flag("--all", a->all, "one row per tensor");
  parser.add_flag("--quiet", a->quiet, "print nothing but errors");
  parser.footer(
      "Examples:\n"
      "  evenkeel init model.onnx -o first.onnx --seed 1\n"
      "  evenkeel init model.onnx --only 'classifier*' -o out.onnx          the rest keeps its weights\n"
      "  evenkeel init model.onnx --from pretrained.safetensors -o out.onnx  stored weights where they fit, new ones elsewhere\n"
      "  evenkeel init model.onnx --plan plan.json -o out.onnx\n"
      "  evenkeel init model.onnx --plan first.onnx -o same.onnx            the same bytes again\n");
  return [a] { return run(*a); };
}

}  // namespace evenkeel::app
