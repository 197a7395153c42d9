// SPDX-License-Identifier: Apache-2.0
// The reference kernel: std::fma, correctly rounded on every target (slow where the processor has none).
#include <cmath>

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {
namespace {

constexpr std::int64_t width = 8;

template <class T>
void multiply_add(std::int64_t k_count, const T* a, const T* b, T* c) noexcept {
  for (std::int64_t k = 0; k < k_count; ++k) {
    for (std::int64_t r = 0; r < tile_rows; ++r) {
      for (std::int64_t j = 0; j < width; ++j) { c[r * width + j] = std::fma(a[k * tile_rows + r], b[k * width + j], c[r * width + j]); }
    }
  }
}

constinit const ProductKernel kernel{"portable", {width, multiply_add<float>}, {width, multiply_add<double>}};

}  // namespace

const ProductKernel* portable_kernel() noexcept { return &kernel; }

}  // namespace evenkeel::linalg
