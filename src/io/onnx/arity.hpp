// SPDX-License-Identifier: Apache-2.0
// How many inputs and outputs an operator of the standard set cannot do without, so that whoever reads the graph need not ask.
#pragma once

#include <cstddef>
#include <string_view>

namespace evenkeel::onnx {

struct Arity {
  std::size_t inputs = 0;   // the first ones, none of them left out
  bool one_output = false;  // it has a single output, which cannot be left out
};

/// Nothing is asked of operators that are not known, nor of control flow.
[[nodiscard]] Arity arity_of(std::string_view op);

}  // namespace evenkeel::onnx
