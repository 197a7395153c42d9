// SPDX-License-Identifier: Apache-2.0
// Built-in specs as ONNX models in memory, whose parameters are declared without data.
#pragma once

#include <string>

#include "evenkeel/graph/spec.hpp"

namespace evenkeel {

/// A serialized ModelProto, opset 17. The parameters have shapes and no data; constants have data.
[[nodiscard]] std::string make_spec_model(const Spec& spec);

}  // namespace evenkeel
