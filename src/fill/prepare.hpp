// SPDX-License-Identifier: Apache-2.0
// From a distribution and an element type to the numbers a kernel needs; all checks of the parameters are here.
#pragma once

#include <cstdint>
#include <optional>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/fill/distribution.hpp"
#include "evenkeel/rng/stream.hpp"
#include "fill/kernel_table.hpp"

namespace evenkeel {

struct Prepared {
  std::optional<std::uint64_t> constant;  // code of the one value all elements get; else a law:
  Law law = Law::uniform;
  KernelArguments arguments = {};
};

[[nodiscard]] Prepared prepare(const Distribution& distribution, DType dtype, Stream stream);

}  // namespace evenkeel
