// SPDX-License-Identifier: Apache-2.0
// Chooses the reader by content.
#include "evenkeel/io/model.hpp"

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/spec.hpp"
#include "io/format_guess.hpp"
#include "io/mapped_file.hpp"
#include "io/model_writer.hpp"
#include "io/onnx/reader.hpp"
#include "io/spec/model.hpp"

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

}  // namespace

Model read_model(const std::string& path_or_spec) {
  if (is_spec(path_or_spec)) {
    const Spec spec = parse_spec(path_or_spec);
    return onnx::read_onnx(std::make_unique<onnx::OnnxFile>(path_or_spec, make_spec_model(spec)), path_or_spec);
  }
  check_exists(path_or_spec);
  const std::filesystem::path path(path_or_spec);
  {
    const MappedFile file(path);
    const std::string foreign = foreign_format_of(file.bytes());
    if (!foreign.empty())
      fail(ErrorCode::bad_file, fmt::format("{}: byte 0: expected an ONNX file, this looks like {}", path_or_spec, foreign));
  }
  return onnx::read_onnx(std::make_unique<onnx::OnnxFile>(path), path_or_spec);
}

void write_model(const Model& model, const std::filesystem::path& out, std::span<const Replacement> replacements,
                 const WriteOptions& options) {
  if (model.writer == nullptr)
    fail(ErrorCode::invalid_argument, "write_model: the model was not made by read_model, so nobody knows how to write it");
  model.writer->write(out, replacements, options);
}

}  // namespace evenkeel
