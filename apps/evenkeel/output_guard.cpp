// SPDX-License-Identifier: Apache-2.0
// Files are compared by device and inode: a name is not enough to tell them apart.
#include "output_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>

#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/recipe.hpp"

namespace evenkeel::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_suffix = ".safetensors.index.json";
constexpr std::string_view settings_name = "config.json";

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

bool holds(const std::vector<fs::path>& files, const fs::path& file) {
  return std::any_of(files.begin(), files.end(), [&](const fs::path& one) { return is_same(one, file); });
}

struct Suffix {
  std::string_view text;
  std::string_view format;
};

/// What a name promises; null where it promises nothing.
const Suffix* find_suffix(std::string name) {
  static constexpr Suffix known[] = {{index_suffix, "safetensors"}, {".onnx", "onnx"}, {".safetensors", "safetensors"}, {".npz", "npz"}};
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const found = std::find_if(std::begin(known), std::end(known), [&](const Suffix& s) { return name.ends_with(s.text); });
  return found == std::end(known) ? nullptr : found;
}

struct Read {
  fs::path file;
  std::string what;
  bool of_model;  // writers spare what the model is copied from
  bool of_plan;
};

void add(std::vector<Read>& reads, const Model& model, const std::string& main, bool of_model) {
  for (const fs::path& file : model.files) {
    const bool settings = file.filename() == settings_name;
    const std::string other = fmt::format("the {} of {}", settings ? "settings" : "data", model.name);
    reads.push_back({file, file == model.path ? main : other, of_model, false});
  }
}

std::vector<Read> reads_of(const Inputs& inputs) {
  std::vector<Read> reads;
  add(reads, *inputs.model, "the model", true);
  if (inputs.from != nullptr) add(reads, *inputs.from, "the file that --from reads", false);
  for (const fs::path& file : inputs.plan) reads.push_back({file, "the plan of --plan, or a file of it", false, true});
  const std::vector<std::string> built_in = recipe_names();
  if (std::find(built_in.begin(), built_in.end(), inputs.recipe) == built_in.end())
    reads.push_back({inputs.recipe, "the recipe of --recipe", false, false});
  return reads;
}

/// The files that an index names, whether or not all of them can be read.
std::vector<fs::path> named_by_index(const fs::path& index) {
  std::ifstream stream(index, std::ios::binary);
  const nlohmann::json content = nlohmann::json::parse(stream, nullptr, false);
  std::vector<fs::path> files;
  if (!content.is_object() || !content.contains("weight_map") || !content["weight_map"].is_object()) return files;
  for (const auto& [tensor, shard] : content["weight_map"].items()) {
    if (!shard.is_string()) continue;
    const fs::path file = index.parent_path() / shard.get<std::string>();
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  return files;
}

/// What goes, or is replaced, with the model that stands at `out`; the settings beside it stay.
std::vector<fs::path> removable(const fs::path& out) {
  std::error_code error;
  if (!fs::is_regular_file(out, error)) return {};
  const fs::path real = fs::canonical(out, error);
  if (error) return {};
  std::vector<fs::path> files;
  try {
    files = read_model(real.string()).files;
  } catch (const Error&) {
    files = named_by_index(real);  // a damaged model takes its files along too
  }
  std::erase_if(files, [](const fs::path& file) { return file.filename() == settings_name; });
  return files;
}

}  // namespace

void check_suffix(const Model& model, const fs::path& out) {
  const std::string name = out.string();
  const Suffix* const suffix = find_suffix(name);
  if (suffix == nullptr || suffix->format == model.format) return;
  const Suffix* const own = find_suffix(model.name);
  const bool index = own != nullptr && own->text == index_suffix && model.format == "safetensors";
  const char* const what = model.path.empty()       ? "a built-in spec, which is written as ONNX and"
                           : model.format == "onnx" ? "an ONNX file, which"
                           : model.format == "npz"  ? "an npz file, which"
                                                    : "a safetensors file, which";
  fail(ErrorCode::invalid_argument,
       fmt::format("{} is {} evenkeel does not convert; try {}{}", model.name, what, name.substr(0, name.size() - suffix->text.size()),
                   index ? std::string(index_suffix) : "." + model.format));
}

void check_no_cache(const fs::path& out) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(out, error);
  if (error || real.parent_path().filename() != "blobs") return;
  if (!fs::is_directory(real.parent_path().parent_path() / "snapshots", error)) return;
  fail(ErrorCode::invalid_argument, fmt::format("{} {} a cache whose files are named by their content; write with -o to another folder",
                                                out.string(), fs::is_symlink(out, error) ? "is a link into" : "stands in"));
}

void check_spares_inputs(const Inputs& inputs, const fs::path& out, bool in_place) {
  const std::vector<Read> reads = reads_of(inputs);
  const bool others = std::any_of(reads.begin(), reads.end(), [](const Read& read) { return !read.of_model; });
  const std::vector<fs::path> going = others ? removable(out) : std::vector<fs::path>();
  for (const Read& read : reads) {
    const bool changed_as_asked = in_place && (read.of_model || (read.of_plan && holds(inputs.model->files, read.file)));
    if (changed_as_asked) continue;
    if (is_same(out, read.file)) {
      fail(ErrorCode::invalid_argument, fmt::format("{} is read by this run ({}); write to another file", out.string(), read.what));
    }
    if (!read.of_model && holds(going, read.file)) {
      fail(ErrorCode::invalid_argument,
           fmt::format("{} is read by this run ({}) and belongs to {}, which would be replaced; write to another file", read.file.string(),
                       read.what, out.string()));
    }
  }
}

}  // namespace evenkeel::app
