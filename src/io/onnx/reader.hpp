// SPDX-License-Identifier: Apache-2.0
// ONNX files and ONNX models made in memory, as Models.
#pragma once

#include <memory>

#include "evenkeel/io/model.hpp"
#include "io/onnx/file.hpp"

namespace evenkeel::onnx {

/// `name` is what the user called it. Throws bad_file.
[[nodiscard]] Model read_onnx(std::unique_ptr<OnnxFile> file, const std::string& name);

}  // namespace evenkeel::onnx
