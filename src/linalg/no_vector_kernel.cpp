// SPDX-License-Identifier: Apache-2.0
// Stands in for the x86 kernels where this build has none.
#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

const ProductKernel* avx2_kernel() noexcept { return nullptr; }
const ProductKernel* avx512_kernel() noexcept { return nullptr; }

}  // namespace evenkeel::linalg
