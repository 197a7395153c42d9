// SPDX-License-Identifier: Apache-2.0
// The tile on Highway vectors, compiled once per instruction set: lanes are columns of C, and MulAdd is fused on every set used here.
// Twelve accumulators: enough chains in flight to hide the latency of fma.
#define HWY_DISABLE_PCLMUL_AES  // not used here, and Highway would fall back to SSSE3, whose MulAdd rounds twice
#include <hwy/highway.h>

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
void multiply_add(std::int64_t k_count, const T* a, const T* b, T* c) noexcept {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr std::int64_t width = 3 * lanes;
  auto c00 = hn::LoadU(d, c), c01 = hn::LoadU(d, c + lanes), c02 = hn::LoadU(d, c + 2 * lanes);
  T* row1 = c + width;
  auto c10 = hn::LoadU(d, row1), c11 = hn::LoadU(d, row1 + lanes), c12 = hn::LoadU(d, row1 + 2 * lanes);
  T* row2 = c + 2 * width;
  auto c20 = hn::LoadU(d, row2), c21 = hn::LoadU(d, row2 + lanes), c22 = hn::LoadU(d, row2 + 2 * lanes);
  T* row3 = c + 3 * width;
  auto c30 = hn::LoadU(d, row3), c31 = hn::LoadU(d, row3 + lanes), c32 = hn::LoadU(d, row3 + 2 * lanes);
  for (std::int64_t k = 0; k < k_count; ++k, a += tile_rows, b += width) {
    const auto b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes), b2 = hn::LoadU(d, b + 2 * lanes);
    const auto a0 = hn::Set(d, a[0]);
    c00 = hn::MulAdd(a0, b0, c00), c01 = hn::MulAdd(a0, b1, c01), c02 = hn::MulAdd(a0, b2, c02);
    const auto a1 = hn::Set(d, a[1]);
    c10 = hn::MulAdd(a1, b0, c10), c11 = hn::MulAdd(a1, b1, c11), c12 = hn::MulAdd(a1, b2, c12);
    const auto a2 = hn::Set(d, a[2]);
    c20 = hn::MulAdd(a2, b0, c20), c21 = hn::MulAdd(a2, b1, c21), c22 = hn::MulAdd(a2, b2, c22);
    const auto a3 = hn::Set(d, a[3]);
    c30 = hn::MulAdd(a3, b0, c30), c31 = hn::MulAdd(a3, b1, c31), c32 = hn::MulAdd(a3, b2, c32);
  }
  hn::StoreU(c00, d, c), hn::StoreU(c01, d, c + lanes), hn::StoreU(c02, d, c + 2 * lanes);
  hn::StoreU(c10, d, row1), hn::StoreU(c11, d, row1 + lanes), hn::StoreU(c12, d, row1 + 2 * lanes);
  hn::StoreU(c20, d, row2), hn::StoreU(c21, d, row2 + lanes), hn::StoreU(c22, d, row2 + 2 * lanes);
  hn::StoreU(c30, d, row3), hn::StoreU(c31, d, row3 + lanes), hn::StoreU(c32, d, row3 + 2 * lanes);
}

template <class T>
constexpr Tile<T> make_tile() {
  return {static_cast<std::int64_t>(3 * hn::MaxLanes(hn::ScalableTag<T>())), multiply_add<T>};
}

}  // namespace
}  // namespace evenkeel::linalg
