// SPDX-License-Identifier: Apache-2.0
// Blocks of random Householder reflections in the compact WY form I - V T V', packed for the product kernel.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

/// Part of the contract (docs/orthogonal-v1.md): reflections [64 i, 64 i + 64) form block i.
inline constexpr std::int64_t block_size = 64;

[[nodiscard]] constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

/// Reflections [first, first + count) of vectors of length `rows` = m - first (the part below is packed, above is zero).
template <class T>
struct ReflectorBlock {
  std::int64_t first = 0;
  std::int64_t count = 0;   // reflections
  std::int64_t padded = 0;  // count, up to a multiple of tile_rows
  std::int64_t rows = 0;
  std::vector<T> transposed;  // V': (padded / 4, rows, 4)
  std::vector<T> direct;      // V: (rows up to a multiple of 4, / 4, padded, 4)
  std::vector<T> negative_t;  // -T: (padded / 4, padded, 4)
  std::vector<T> signs;       // (count): the sign of the diagonal of R, which makes the law exactly Haar (Mezzadri 2007)
};

/// Reads reflection j from normals[j m - j (j - 1) / 2 ...], m - j of them.
template <class T>
[[nodiscard]] ReflectorBlock<T> make_reflector_block(std::span<const T> normals, std::int64_t m, std::int64_t n, std::int64_t first,
                                                     const Tile<T>& tile);

/// strip: (m up to a multiple of 4, tile.width), rows of Q for some columns; workspace: 2 * block_size * tile.width. Q <- (I - V T V') Q.
template <class T>
void apply_block(const ReflectorBlock<T>& block, T* strip, T* workspace, const Tile<T>& tile) noexcept;

}  // namespace evenkeel::linalg
