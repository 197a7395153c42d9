// SPDX-License-Identifier: Apache-2.0
// What a file that is no ONNX file looks like, so that the error can say it.
#pragma once

#include <string>
#include <string_view>

namespace evenkeel {

/// Words for a file that is certainly something else ("an HTML page; ..."), with what to do; empty where it may be ONNX.
[[nodiscard]] std::string foreign_format_of(std::string_view bytes);

}  // namespace evenkeel
