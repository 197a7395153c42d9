// SPDX-License-Identifier: Apache-2.0
// Writes an ONNX model anew by splicing: see onnx_writer.cpp.
#pragma once

#include <memory>

#include "io/model_writer.hpp"
#include "io/onnx/weights.hpp"

namespace evenkeel::onnx {

[[nodiscard]] std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const OnnxModel> model);

}  // namespace evenkeel::onnx
