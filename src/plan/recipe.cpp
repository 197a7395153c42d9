// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "plan/recipes/groups.hpp"

namespace evenkeel {
namespace {

struct BuiltIn {
  std::string_view name;
  std::string_view summary;
  Recipe (*make)();
};

constexpr std::array built_ins = {
    BuiltIn{"auto", "the exact rule from what the graph shows (default)", recipes::auto_recipe},
    BuiltIn{"pytorch", "the defaults of torch.nn modules, with PyTorch's fans", recipes::pytorch_recipe},
    BuiltIn{"keras", "the defaults of Keras layers, with Keras' fans", recipes::keras_recipe},
    BuiltIn{"flax", "the defaults of Flax modules, with JAX' fans", recipes::flax_recipe},
    BuiltIn{"gpt2", "std 0.02, residual outputs 0.02/sqrt(branches)", recipes::gpt2_recipe},
    BuiltIn{"llama", "torchtitan's Llama: std 0.02, outputs scaled by block", recipes::llama_recipe},
    BuiltIn{"bert", "std 0.02 everywhere", recipes::bert_recipe},
};

const BuiltIn* find_built_in(std::string_view name) {
  const auto found = std::find_if(built_ins.begin(), built_ins.end(), [name](const BuiltIn& b) { return b.name == name; });
  return found == built_ins.end() ? nullptr : &*found;
}

std::string read_text(const std::filesystem::path& path) {
  constexpr std::uintmax_t largest = 16U << 20;
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  std::ifstream file(path, std::ios::binary);
  if (problem || !file)
    fail(ErrorCode::bad_file,
         fmt::format("{}: cannot be read as a recipe; give a TOML file or one of: {}", path.string(), fmt::join(recipe_names(), ", ")));
  if (size > largest)
    fail(ErrorCode::bad_file, fmt::format("{}: expected a TOML recipe of at most 16 MiB, found {} bytes", path.string(), size));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const BuiltIn& b : built_ins) names.emplace_back(b.name);
  return names;
}

std::string recipe_summary(std::string_view name) {
  const BuiltIn* found = find_built_in(name);
  return found == nullptr ? "" : std::string(found->summary);
}

Recipe load_recipe(const std::string& name_or_path) {
  const DefaultFloatingPoint environment;
  if (const BuiltIn* found = find_built_in(name_or_path)) return found->make();
  const std::filesystem::path path(name_or_path);
  std::error_code ignored;
  if (path.extension() == ".toml" || std::filesystem::is_regular_file(path, ignored)) return parse_recipe(read_text(path), name_or_path);
  const std::vector<std::string> names = recipe_names();
  fail(ErrorCode::invalid_argument, fmt::format("recipe: expected {} or a TOML file, got \"{}\"{}", fmt::join(names, ", "), name_or_path,
                                                suggestion(name_or_path, names)));
}

}  // namespace evenkeel
