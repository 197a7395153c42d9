// SPDX-License-Identifier: Apache-2.0
// Plain C++, runs everywhere: the truth that the others are compared with.
#include "fill/ops_scalar.inl.hpp"
//
#include "fill/kernels.inl.hpp"

namespace evenkeel {
namespace {
bool supported() noexcept { return true; }
}  // namespace

constinit const KernelTable portable_table = {"portable", "plain C++, any processor", supported, all_kernels};

}  // namespace evenkeel
