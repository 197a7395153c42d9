// SPDX-License-Identifier: Apache-2.0
// Which of the x86-64 kernels this processor runs; compiled without their flags.
#include "linalg/x86_kernels.hpp"

namespace evenkeel::linalg {

const ProductKernel* avx2_kernel() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") ? &avx2_product_kernel : nullptr;
}

const ProductKernel* avx512_kernel() noexcept {
  const bool all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  return all ? &avx512_product_kernel : nullptr;
}

const ProductKernel* neon_kernel() noexcept { return nullptr; }

}  // namespace evenkeel::linalg
