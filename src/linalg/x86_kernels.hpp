// SPDX-License-Identifier: Apache-2.0
// The kernels of x86-64 builds; data only, so that looking at them runs no instruction the processor may lack.
#pragma once

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

extern const ProductKernel avx2_product_kernel;
extern const ProductKernel avx512_product_kernel;

}  // namespace evenkeel::linalg
