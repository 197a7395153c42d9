// SPDX-License-Identifier: Apache-2.0
// NEON is part of every 64-bit Arm processor.
#include "linalg/arm_kernels.hpp"

namespace evenkeel::linalg {

const ProductKernel* avx2_kernel() noexcept { return nullptr; }
const ProductKernel* avx512_kernel() noexcept { return nullptr; }
const ProductKernel* neon_kernel() noexcept { return &neon_product_kernel; }

}  // namespace evenkeel::linalg
