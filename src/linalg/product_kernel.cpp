// SPDX-License-Identifier: Apache-2.0
// The list of product kernels and the choice among them.
#include "linalg/product_kernel.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include "evenkeel/base/error.hpp"

namespace evenkeel::linalg {
namespace {

const ProductKernel& choose_kernel(std::string_view wanted) {
  const auto kernels = supported_kernels();
  std::string names;
  for (const ProductKernel* kernel : kernels) {
    if (kernel->name == wanted) { return *kernel; }
    names += (names.empty() ? "" : ", ") + std::string(kernel->name);
  }
  if (wanted.empty()) { return *kernels.front(); }
  fail(ErrorCode::invalid_argument,
       "EVENKEEL_BACKEND: expected one that runs here (" + names + "), got '" + std::string(wanted) + "'; unset it to use the fastest");
}

}  // namespace

std::vector<const ProductKernel*> supported_kernels() {
  std::vector<const ProductKernel*> kernels;
  for (const ProductKernel* kernel : std::array{avx512_kernel(), avx2_kernel(), neon_kernel(), portable_kernel()}) {
    if (kernel != nullptr) { kernels.push_back(kernel); }
  }
  return kernels;
}

const ProductKernel& active_kernel() {
  static const ProductKernel& kernel = [&]() -> const ProductKernel& {
    const char* wanted = std::getenv("EVENKEEL_BACKEND");
    return choose_kernel(wanted == nullptr ? std::string_view{} : std::string_view{wanted});
  }();
  return kernel;
}

}  // namespace evenkeel::linalg
