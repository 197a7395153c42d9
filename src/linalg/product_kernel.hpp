// SPDX-License-Identifier: Apache-2.0
// The one hot loop of linalg: a 4 x width tile of C += A B. Every element of C is one chain of fma in the order of k, so the width of the
// vectors, the blocking and the number of threads cannot be seen in the result.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace evenkeel::linalg {

inline constexpr std::int64_t tile_rows = 4;

/// a: (k, tile_rows), b: (k, width), c: (tile_rows, width), all contiguous; c[r][j] = fma(a[k][r], b[k][j], c[r][j]) for k = 0, 1, ...
template <class T>
struct Tile {
  std::int64_t width = 0;
  void (*multiply_add)(std::int64_t k, const T* a, const T* b, T* c) noexcept = nullptr;
};

struct ProductKernel {
  std::string_view name;
  Tile<float> f32;
  Tile<double> f64;
};

template <class T>
[[nodiscard]] const Tile<T>& tile_of(const ProductKernel& kernel) noexcept {
  if constexpr (sizeof(T) == sizeof(float)) {
    return kernel.f32;
  } else {
    return kernel.f64;
  }
}

/// Null where this build has no such kernel, or this machine cannot run it.
[[nodiscard]] const ProductKernel* portable_kernel() noexcept;
[[nodiscard]] const ProductKernel* avx2_kernel() noexcept;
[[nodiscard]] const ProductKernel* avx512_kernel() noexcept;
[[nodiscard]] const ProductKernel* neon_kernel() noexcept;

/// Those that run here, in order of preference, portable last.
[[nodiscard]] std::vector<const ProductKernel*> supported_kernels();
/// What EVENKEEL_BACKEND (read once) asks for, else the first that runs here. Throws invalid_argument for a name that cannot run here.
[[nodiscard]] const ProductKernel& active_kernel();

}  // namespace evenkeel::linalg
