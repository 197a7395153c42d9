// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX2, FMA, BMI and F16C; empty on other processors.
#include "fill/kernel_table.hpp"

#if defined(__AVX2__)
#include "fill/ops_highway.inl.hpp"
//
#include "fill/kernels.inl.hpp"
#endif

namespace evenkeel {
namespace {

#if defined(__AVX2__)
bool supported() noexcept { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }
#else
constexpr KernelSet all_kernels = {};
bool supported() noexcept { return false; }
#endif

}  // namespace

constinit const KernelTable avx2_table = {"avx2", "x86-64 with AVX2 and FMA, 8 lanes", supported, all_kernels};

}  // namespace evenkeel
