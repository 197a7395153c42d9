// SPDX-License-Identifier: Apache-2.0
// The element types of safetensors: name, width, and what they are here.
#pragma once

#include <string>
#include <string_view>

#include "evenkeel/base/dtype.hpp"

namespace evenkeel::safetensors {

struct Type {
  std::string_view name;
  unsigned bits;
  DType dtype;  // `other`: kept byte for byte, never filled
};

/// nullptr where there is no such type.
[[nodiscard]] const Type* find_type(std::string_view name) noexcept;
/// "BOOL, U8, ..."
[[nodiscard]] std::string type_names();

}  // namespace evenkeel::safetensors
