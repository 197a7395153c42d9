// SPDX-License-Identifier: Apache-2.0
// The vector kernel for AVX2; the flags come from CMake for this file alone, so nothing else may be computed here.
#define HWY_COMPILE_ONLY_STATIC 1
#include "linalg/vector_kernel.inl.hpp"
#include "linalg/x86_kernels.hpp"

static_assert(HWY_TARGET == HWY_AVX2, "the flags of this file do not give the instruction set it is named after");

namespace evenkeel::linalg {

constinit const ProductKernel avx2_product_kernel{"avx2", make_tile<float>(), make_tile<double>()};

}  // namespace evenkeel::linalg
