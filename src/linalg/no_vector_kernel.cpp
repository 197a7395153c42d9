// SPDX-License-Identifier: Apache-2.0
// Stands in for the vector kernels on processors that have none here.
#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

const ProductKernel* avx2_kernel() noexcept { return nullptr; }
const ProductKernel* avx512_kernel() noexcept { return nullptr; }
const ProductKernel* neon_kernel() noexcept { return nullptr; }

}  // namespace evenkeel::linalg
