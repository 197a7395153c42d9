// SPDX-License-Identifier: Apache-2.0
#include "linalg/reflectors.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace evenkeel::linalg {
namespace {

// Sum of squares of count values: 16 partial sums by index mod 16, added pairwise at distances 8, 4, 2, 1.
template <class T>
double sum_of_squares(const T* values, std::int64_t count) noexcept {
  std::array<double, 16> partial{};
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t lane = 0; lane < 16; ++lane) {
      const double value = static_cast<double>(values[i + static_cast<std::int64_t>(lane)]);
      partial[lane] += value * value;
    }
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) {
    const double value = static_cast<double>(values[i]);
    partial[lane] += value * value;
  }
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) { partial[lane] += partial[lane + half]; }
  }
  return partial[0];
}

// v (length count, v[0] = 1) and tau of the reflection that sends x to R e1; the sign of R is the result.
template <class T>
T make_reflector(const T* x, std::int64_t count, T* v, double& tau) noexcept {
  const double norm = std::sqrt(sum_of_squares(x, count));
  v[0] = 1;
  if (norm == 0) {
    std::fill(v + 1, v + count, T{0});
    tau = 0;
    return 1;
  }
  const double x0 = static_cast<double>(x[0]);
  const double scale = 1 / (x0 < 0 ? x0 - norm : x0 + norm);
  for (std::int64_t i = 1; i < count; ++i) { v[i] = static_cast<T>(static_cast<double>(x[i]) * scale); }
  // From the rounded v, so that the reflection is orthogonal to the precision of tau.
  tau = 2 / (1 + sum_of_squares(v + 1, count - 1));
  return x0 < 0 ? T{1} : T{-1};
}

// T of I - V T V' = H_0 H_1 ... (Schreiber & Van Loan 1989), in double: T[:j, j] = -tau_j T[:j, :j] (V' v_j)[:j].
template <class T>
void make_negative_t(const std::vector<T>& gram, std::int64_t gram_stride, const std::vector<double>& taus, ReflectorBlock<T>& block) {
  const std::int64_t n = block.count;
  std::vector<double> t(static_cast<std::size_t>(n * n), 0.0);
  for (std::int64_t j = 0; j < n; ++j) {
    const double tau = taus[static_cast<std::size_t>(j)];
    for (std::int64_t i = 0; i < j; ++i) {
      double sum = 0;
      for (std::int64_t k = i; k < j; ++k) {
        sum += t[static_cast<std::size_t>(i * n + k)] * static_cast<double>(gram[static_cast<std::size_t>(k * gram_stride + j)]);
      }
      t[static_cast<std::size_t>(i * n + j)] = -(tau * sum);
    }
    t[static_cast<std::size_t>(j * n + j)] = tau;
  }
  block.negative_t.assign(static_cast<std::size_t>(block.padded * block.padded), T{0});
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i; j < n; ++j) {
      const std::int64_t at = (i / tile_rows * block.padded + j) * tile_rows + i % tile_rows;
      block.negative_t[static_cast<std::size_t>(at)] = static_cast<T>(-t[static_cast<std::size_t>(i * n + j)]);
    }
  }
}

// c (m_tiles * 4, width) = A B with A packed (m_tiles, k_count, 4) and B (k_count, width). Stretches of k keep B in the first cache.
template <class T>
void multiply_strip(const T* a, std::int64_t m_tiles, std::int64_t k_count, const T* b, T* c, const Tile<T>& tile) noexcept {
  constexpr std::int64_t stretch = 256;
  std::fill(c, c + m_tiles * tile_rows * tile.width, T{0});
  for (std::int64_t k = 0; k < k_count; k += stretch) {
    const std::int64_t length = std::min(stretch, k_count - k);
    for (std::int64_t i = 0; i < m_tiles; ++i) {
      tile.multiply_add(length, a + (i * k_count + k) * tile_rows, b + k * tile.width, c + i * tile_rows * tile.width);
    }
  }
}

// V' V, (padded, stride): each element one fma chain over the rows.
template <class T>
std::vector<T> make_gram(const ReflectorBlock<T>& block, std::int64_t& stride, const Tile<T>& tile) {
  const std::int64_t width = tile.width;
  stride = round_up(block.padded, width);
  std::vector<T> gram(static_cast<std::size_t>(block.padded * stride));
  std::vector<T> strip(static_cast<std::size_t>(block.rows * width));
  std::vector<T> product(static_cast<std::size_t>(block.padded * width));
  for (std::int64_t c = 0; c < block.padded; c += width) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      for (std::int64_t j = 0; j < width; ++j) {
        const std::int64_t column = c + j;
        const std::int64_t at = (column / tile_rows * block.rows + r) * tile_rows + column % tile_rows;
        strip[static_cast<std::size_t>(r * width + j)] = column < block.padded ? block.transposed[static_cast<std::size_t>(at)] : T{0};
      }
    }
    const std::int64_t needed = round_up(std::min(block.padded, c + width), tile_rows) / tile_rows;  // rows below the diagonal are unused
    multiply_strip(block.transposed.data(), needed, block.rows, strip.data(), product.data(), tile);
    for (std::int64_t i = 0; i < needed * tile_rows; ++i) { std::copy_n(product.data() + i * width, width, gram.data() + i * stride + c); }
  }
  return gram;
}

}  // namespace

template <class T>
ReflectorBlock<T> make_reflector_block(std::span<const T> normals, std::int64_t m, std::int64_t n, std::int64_t first,
                                       const Tile<T>& tile) {
  ReflectorBlock<T> block;
  block.first = first;
  block.count = std::min(block_size, n - first);
  block.padded = round_up(block.count, tile_rows);
  block.rows = m - first;
  const std::int64_t padded_rows = round_up(block.rows, tile_rows);
  block.transposed.assign(static_cast<std::size_t>(block.padded * block.rows), T{0});
  block.direct.assign(static_cast<std::size_t>(block.padded * padded_rows), T{0});
  block.signs.resize(static_cast<std::size_t>(block.count));
  std::vector<double> taus(static_cast<std::size_t>(block.count));
  std::vector<T> v(static_cast<std::size_t>(block.rows));
  for (std::int64_t c = 0; c < block.count; ++c) {
    const std::int64_t j = first + c;
    const T* x = normals.data() + j * m - j * (j - 1) / 2;
    block.signs[static_cast<std::size_t>(c)] = make_reflector(x, m - j, v.data(), taus[static_cast<std::size_t>(c)]);
    T* transposed = block.transposed.data() + c / tile_rows * block.rows * tile_rows + c % tile_rows;
    for (std::int64_t i = 0; i < m - j; ++i) {
      const std::int64_t r = c + i;  // row within the block
      transposed[r * tile_rows] = v[static_cast<std::size_t>(i)];
      block.direct[static_cast<std::size_t>((r / tile_rows * block.padded + c) * tile_rows + r % tile_rows)] =
          v[static_cast<std::size_t>(i)];
    }
  }
  std::int64_t stride = 0;
  const std::vector<T> gram = make_gram(block, stride, tile);
  make_negative_t(gram, stride, taus, block);
  return block;
}

template <class T>
void apply_block(const ReflectorBlock<T>& block, T* strip, T* workspace, const Tile<T>& tile) noexcept {
  const std::int64_t width = tile.width;
  T* q = strip + block.first * width;
  T* w = workspace;
  T* w2 = workspace + block_size * width;
  const std::int64_t tiles = block.padded / tile_rows;
  multiply_strip(block.transposed.data(), tiles, block.rows, q, w, tile);           // W = V' Q
  multiply_strip(block.negative_t.data(), tiles, block.padded, w, w2, tile);        // W2 = -T W
  for (std::int64_t i = 0; i < round_up(block.rows, tile_rows) / tile_rows; ++i) {  // Q += V W2
    tile.multiply_add(block.padded, block.direct.data() + i * block.padded * tile_rows, w2, q + i * tile_rows * width);
  }
}

template ReflectorBlock<float> make_reflector_block(std::span<const float>, std::int64_t, std::int64_t, std::int64_t, const Tile<float>&);
template ReflectorBlock<double> make_reflector_block(std::span<const double>, std::int64_t, std::int64_t, std::int64_t,
                                                     const Tile<double>&);
template void apply_block(const ReflectorBlock<float>&, float*, float*, const Tile<float>&) noexcept;
template void apply_block(const ReflectorBlock<double>&, double*, double*, const Tile<double>&) noexcept;

}  // namespace evenkeel::linalg
