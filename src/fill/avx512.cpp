// SPDX-License-Identifier: Apache-2.0
// Compiled for skylake-avx512; empty on other processors.
#include "fill/kernel_table.hpp"

#if defined(__AVX512F__)
#include "fill/ops_highway.inl.hpp"
//
#include "fill/kernels.inl.hpp"
#endif

namespace evenkeel {
namespace {

#if defined(__AVX512F__)
bool supported() noexcept {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl");
}
#else
constexpr KernelSet all_kernels = {};
bool supported() noexcept { return false; }
#endif

}  // namespace

constinit const KernelTable avx512_table = {"avx512", "x86-64 with AVX-512 (Skylake-X and later), 16 lanes", supported, all_kernels};

}  // namespace evenkeel
