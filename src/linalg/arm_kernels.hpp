// SPDX-License-Identifier: Apache-2.0
// The kernel of 64-bit Arm builds; data only.
#pragma once

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

extern const ProductKernel neon_product_kernel;

}  // namespace evenkeel::linalg
