// SPDX-License-Identifier: Apache-2.0
// The vector kernel for NEON; the flags come from CMake for this file alone, so nothing else may be computed here.
#define HWY_COMPILE_ONLY_STATIC 1
#include "linalg/arm_kernels.hpp"
#include "linalg/vector_kernel.inl.hpp"

static_assert(HWY_TARGET == HWY_NEON, "the flags of this file do not give the instruction set it is named after");

namespace evenkeel::linalg {

constinit const ProductKernel neon_product_kernel{"neon", make_tile<float>(), make_tile<double>()};

}  // namespace evenkeel::linalg
