// SPDX-License-Identifier: Apache-2.0
// Names that say nothing, and what the module would have called the tensor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/graph/parameter.hpp"

namespace evenkeel {

/// Whether an exporter made the name up from an operator and a number: onnx::MatMul_388, val_50, 391.
[[nodiscard]] bool is_numbered(std::string_view name) noexcept;
/// "encoder.layer.0.query.weight": what the module that the exporter noted calls a tensor of this role; several where modules differ in
/// that.
[[nodiscard]] std::vector<std::string> module_names_of(const Parameter& parameter);

}  // namespace evenkeel
