// SPDX-License-Identifier: Apache-2.0
// Chooses the reader by content.
#include "evenkeel/io/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/spec.hpp"
#include "io/format_guess.hpp"
#include "io/mapped_file.hpp"
#include "io/model_writer.hpp"
#include "io/npz/reader.hpp"
#include "io/onnx/reader.hpp"
#include "io/safetensors/header.hpp"
#include "io/safetensors/index.hpp"
#include "io/safetensors/reader.hpp"
#include "io/spec/model.hpp"
#include "io/write/journal.hpp"
#include "io/write/place.hpp"

namespace evenkeel {
namespace {

void check_exists(const std::string& name) {
  std::error_code error;
  if (std::filesystem::exists(name, error) || error) return;
  const bool spec_like = name.find(':') != std::string::npos && name.find('/') == std::string::npos;
  fail(ErrorCode::bad_file,
       fmt::format("{}: there is no such file; check the path{}", name,
                   spec_like ? ", or name a built-in spec, such as mlp:784,256x8,10:relu (families: mlp, cnn, resnet, gpt)" : ""));
}

/// What a person who names a folder may have meant: an index before the shards it names.
std::string models_in(const std::filesystem::path& folder) {
  constexpr std::size_t most = 3;
  constexpr std::string_view endings[] = {".safetensors.index.json", ".onnx", ".safetensors", ".npz"};
  std::vector<std::pair<std::size_t, std::string>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const auto* const ending = std::find_if(std::begin(endings), std::end(endings), [&](std::string_view e) { return name.ends_with(e); });
    if (ending != std::end(endings)) found.emplace_back(ending - std::begin(endings), (folder / name).string());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return "and no model file in it";
  std::string names;
  for (std::size_t i = 0; i < std::min(most, found.size()); ++i) names += (i == 0 ? "" : ", ") + found[i].second;
  return "name a file in it: " + names + (found.size() > most ? ", ..." : "");
}

void check_no_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    fail(ErrorCode::bad_file, fmt::format("{}: expected a model file, found a folder, {}", path.string(), models_in(path)));
}

enum class Format : std::uint8_t { onnx, safetensors, index, npz };

/// By content; the name decides only what a damaged file was meant to be.
Format format_of(const std::string& name, std::string_view bytes) {
  if (safetensors::looks_like_safetensors(bytes)) return Format::safetensors;
  if (npz::looks_like_npz(bytes)) return Format::npz;
  if (safetensors::looks_like_index(bytes)) return Format::index;
  const std::string foreign = foreign_format_of(bytes);
  if (!foreign.empty() && !(name.ends_with(".safetensors") && safetensors::looks_like_damaged_safetensors(bytes))) {
    fail(ErrorCode::bad_file,
         fmt::format("{}: byte 0: expected an ONNX, safetensors or NumPy (.npz) file, this looks like {}", name, foreign));
  }
  if (name.ends_with(".safetensors") || safetensors::looks_like_damaged_safetensors(bytes)) return Format::safetensors;
  return Format::onnx;
}

}  // namespace

Model read_model(const std::string& path_or_spec) {
  const DefaultFloatingPoint environment;
  if (is_spec(path_or_spec)) {
    const Spec spec = parse_spec(path_or_spec);
    return onnx::read_onnx(std::make_unique<onnx::OnnxFile>(path_or_spec, make_spec_model(spec)), path_or_spec);
  }
  check_exists(path_or_spec);
  const std::filesystem::path path(path_or_spec);
  check_no_folder(path);
  switch (format_of(path_or_spec, MappedFile(path).bytes())) {
    case Format::safetensors:
      return safetensors::read_file(path_or_spec);
    case Format::index:
      return safetensors::read_sharded(path_or_spec);
    case Format::npz:
      return npz::read_npz(path_or_spec);
    case Format::onnx:
      break;
  }
  return onnx::read_onnx(std::make_unique<onnx::OnnxFile>(path), path_or_spec);
}

void write_model(const Model& model, const std::filesystem::path& out, std::span<const Replacement> replacements,
                 const WriteOptions& options) {
  if (model.writer == nullptr)
    fail(ErrorCode::invalid_argument, "write_model: the model was not made by read_model, so nobody knows how to write it");
  mend_folder(folder_of(target_of(out)));
  model.writer->write(out, replacements, options);
}

}  // namespace evenkeel
