// SPDX-License-Identifier: Apache-2.0
// NEON is part of every 64-bit Arm processor; empty elsewhere.
#include "fill/kernel_table.hpp"

#if defined(__aarch64__)
#include "fill/ops_highway.inl.hpp"
//
#include "fill/kernels.inl.hpp"
#endif

namespace evenkeel {
namespace {

#if defined(__aarch64__)
bool supported() noexcept { return true; }
#else
constexpr KernelSet all_kernels = {};
bool supported() noexcept { return false; }
#endif

}  // namespace

constinit const KernelTable neon_table = {"neon", "64-bit Arm with NEON, 4 lanes", supported, all_kernels};

}  // namespace evenkeel
