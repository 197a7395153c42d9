// SPDX-License-Identifier: Apache-2.0
// Q = H_0 H_1 ... H_{n-1} D, column strip by column strip: strips share nothing but the reflections, so they run on any number of threads.
#include "evenkeel/linalg/orthogonal.hpp"

#include <algorithm>
#include <string>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/base/parallel.hpp"
#include "linalg/haar.hpp"
#include "linalg/reflectors.hpp"

namespace evenkeel {
namespace linalg {
namespace {

// Early strips cost little and late ones much: 0, last, 1, last - 1, ... gives every contiguous piece the same work.
std::int64_t balanced(std::int64_t i, std::int64_t count) noexcept { return i % 2 == 0 ? i / 2 : count - 1 - i / 2; }

template <class T>
std::vector<ReflectorBlock<T>> make_blocks(std::span<const T> normals, std::int64_t m, std::int64_t n, const Tile<T>& tile, int threads) {
  const std::int64_t count = (n + block_size - 1) / block_size;
  std::vector<ReflectorBlock<T>> blocks(static_cast<std::size_t>(count));
  parallel_for(count, 1, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t b = balanced(i, count);
      blocks[static_cast<std::size_t>(b)] = make_reflector_block(normals, m, n, b * block_size, tile);
    }
  });
  return blocks;
}

template <class T>
struct Haar {
  std::int64_t m = 0, n = 0;  // m >= n
  bool transposed = false;    // write Q'
  T* out = nullptr;
  Tile<T> tile;
  std::vector<ReflectorBlock<T>> blocks;

  [[nodiscard]] std::int64_t padded_rows() const noexcept { return round_up(m, tile_rows); }

  void write_strip(const T* strip, std::int64_t column) const noexcept {
    const std::int64_t width = std::min(tile.width, n - column);
    if (!transposed) {
      for (std::int64_t r = 0; r < m; ++r) { std::copy_n(strip + r * tile.width, width, out + r * n + column); }
      return;
    }
    constexpr std::int64_t stretch = 64;  // rows of the strip that stay in the first cache while they are transposed
    for (std::int64_t r0 = 0; r0 < m; r0 += stretch) {
      for (std::int64_t j = 0; j < width; ++j) {
        for (std::int64_t r = r0; r < std::min(m, r0 + stretch); ++r) { out[(column + j) * m + r] = strip[r * tile.width + j]; }
      }
    }
  }

  // Columns [first_strip, last_strip) * width; all strips take a block before the next block is read.
  void make_strips(std::int64_t first_strip, std::int64_t last_strip) const {
    const std::int64_t size = padded_rows() * tile.width;
    std::vector<T> q(static_cast<std::size_t>((last_strip - first_strip) * size), T{0});
    std::vector<T> workspace(static_cast<std::size_t>(2 * block_size * tile.width));
    const std::int64_t end = std::min(n, last_strip * tile.width);
    for (std::int64_t c = first_strip * tile.width; c < end; ++c) {
      const std::int64_t strip = c / tile.width - first_strip;
      q[static_cast<std::size_t>(strip * size + c * tile.width + c % tile.width)] =
          blocks[static_cast<std::size_t>(c / block_size)].signs[static_cast<std::size_t>(c % block_size)];
    }
    for (std::int64_t b = (end - 1) / block_size; b >= 0; --b) {
      for (std::int64_t strip = first_strip; strip < last_strip; ++strip) {
        if (std::min(n, (strip + 1) * tile.width) > b * block_size) {  // else the block does not reach these columns
          apply_block(blocks[static_cast<std::size_t>(b)], q.data() + (strip - first_strip) * size, workspace.data(), tile);
        }
      }
    }
    for (std::int64_t strip = first_strip; strip < last_strip; ++strip) {
      write_strip(q.data() + (strip - first_strip) * size, strip * tile.width);
    }
  }
};

}  // namespace

template <class T>
void make_haar_with(const ProductKernel& kernel, std::span<T> out, std::int64_t rows, std::int64_t columns, std::span<const T> normals,
                    int threads) {
  const DefaultFloatingPoint environment;
  const std::int64_t needed = haar_normal_count(rows, columns);
  if (static_cast<std::int64_t>(out.size()) != rows * columns || static_cast<std::int64_t>(normals.size()) != needed) {
    fail(ErrorCode::invalid_argument, "make_haar: expected " + std::to_string(rows * columns) + " elements and " + std::to_string(needed) +
                                          " normals for (" + std::to_string(rows) + ", " + std::to_string(columns) + "), got " +
                                          std::to_string(out.size()) + " and " + std::to_string(normals.size()) +
                                          "; size the normals with haar_normal_count");
  }
  if (out.empty()) { return; }
  Haar<T> haar;
  haar.m = std::max(rows, columns);
  haar.n = std::min(rows, columns);
  haar.transposed = rows < columns;
  haar.out = out.data();
  haar.tile = tile_of<T>(kernel);
  const int used = threads > 0 ? threads : default_threads();
  haar.blocks = make_blocks(normals, haar.m, haar.n, haar.tile, used);
  const std::int64_t strips = (haar.n + haar.tile.width - 1) / haar.tile.width;
  const std::int64_t together = std::clamp<std::int64_t>(strips / (std::int64_t{16} * used), 1, 4);
  const std::int64_t groups = (strips + together - 1) / together;
  parallel_for(groups, 1, used, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t group = balanced(i, groups);
      haar.make_strips(group * together, std::min(strips, (group + 1) * together));
    }
  });
}

template void make_haar_with(const ProductKernel&, std::span<float>, std::int64_t, std::int64_t, std::span<const float>, int);
template void make_haar_with(const ProductKernel&, std::span<double>, std::int64_t, std::int64_t, std::span<const double>, int);

// Each reflection has determinant -1 and comes with the sign -1, or +1 where its vector starts with a negative number; a vector of zeros is
// no reflection and has sign +1. So the negative starts decide.
template <class T>
int determinant_of(std::int64_t size, std::span<const T> normals) {
  const DefaultFloatingPoint environment;
  const std::int64_t needed = haar_normal_count(size, size);
  if (static_cast<std::int64_t>(normals.size()) != needed) {
    fail(ErrorCode::invalid_argument, "haar_determinant: expected " + std::to_string(needed) + " normals for size " + std::to_string(size) +
                                          ", got " + std::to_string(normals.size()) + "; give those that make_haar was given");
  }
  int sign = 1;
  for (std::int64_t j = 0; j < size; ++j) {
    if (normals[static_cast<std::size_t>(j * size - j * (j - 1) / 2)] < 0) { sign = -sign; }
  }
  return sign;
}

}  // namespace linalg

int haar_determinant(std::int64_t size, std::span<const float> normals) { return linalg::determinant_of(size, normals); }

int haar_determinant(std::int64_t size, std::span<const double> normals) { return linalg::determinant_of(size, normals); }

std::int64_t haar_normal_count(std::int64_t rows, std::int64_t columns) {
  if (rows < 0 || columns < 0) {
    fail(ErrorCode::invalid_argument,
         "haar_normal_count: expected sizes of at least 0, got (" + std::to_string(rows) + ", " + std::to_string(columns) + ")");
  }
  const std::int64_t m = std::max(rows, columns);
  const std::int64_t n = std::min(rows, columns);
  return n * m - n * (n - 1) / 2;
}

void make_haar(std::span<float> out, std::int64_t rows, std::int64_t columns, std::span<const float> normals, int threads) {
  linalg::make_haar_with(linalg::active_kernel(), out, rows, columns, normals, threads);
}

void make_haar(std::span<double> out, std::int64_t rows, std::int64_t columns, std::span<const double> normals, int threads) {
  linalg::make_haar_with(linalg::active_kernel(), out, rows, columns, normals, threads);
}

}  // namespace evenkeel
