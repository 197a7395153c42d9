// SPDX-License-Identifier: Apache-2.0
#include "schemes/structured.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/fill/fill.hpp"
#include "evenkeel/linalg/orthogonal.hpp"
#include "schemes/axes.hpp"
#include "schemes/law.hpp"

namespace evenkeel::schemes {
namespace {

[[noreturn]] void refuse(const Scheme& scheme, const Geometry& geometry, const std::string& message) {
  fail(ErrorCode::invalid_argument, "scheme " + to_string(scheme) + " for " + describe(geometry) + ": " + message);
}

// A Haar matrix over all taps, as against delta_orthogonal.
bool is_full_orthogonal(const Scheme& scheme) {
  return scheme.name == "orthogonal" || scheme.name == "scaled_orthogonal" || scheme.name == "special_orthogonal";
}

bool is_whole(const Scheme& scheme) {
  const bool has_choice = is_full_orthogonal(scheme) || scheme.name == "identity" || scheme.name == "sparse";
  return has_choice && word_of(scheme, "blocks") == "whole";
}

// Row-major index of the tap at (k - 1) / 2 (delta) or k / 2 (dirac) on every axis.
std::int64_t centre_tap(const std::vector<std::int64_t>& kernel, std::int64_t shift) {
  std::int64_t tap = 0;
  for (const std::int64_t size : kernel) tap = tap * size + (size - 1 + shift) / 2;
  return tap;
}

// How many entries of a line of `length` are 0.
std::int64_t zeros_per_line(const Scheme& scheme, std::int64_t length) {
  const auto sparsity = optional_number(scheme, "sparsity");
  const auto nonzeros = optional_number(scheme, "nonzeros");
  if (nonzeros) return length - static_cast<std::int64_t>(*nonzeros);
  return static_cast<std::int64_t>(std::ceil(*sparsity * static_cast<double>(length)));
}

std::int64_t line_length(const Scheme& scheme, const BlockShape& shape) {
  return word_of(scheme, "per") == "column" ? shape.row_count() : shape.column_count();
}

void check_sparse(const Scheme& scheme, const Geometry& geometry, const BlockSet& set) {
  const auto sparsity = optional_number(scheme, "sparsity");
  const auto nonzeros = optional_number(scheme, "nonzeros");
  if (sparsity.has_value() == nonzeros.has_value()) refuse(scheme, geometry, "expected either sparsity or nonzeros");
  if (sparsity && !(*sparsity >= 0 && *sparsity <= 1)) refuse(scheme, geometry, "expected sparsity in [0, 1]");
  if (!(number_of(scheme, "std") >= 0)) refuse(scheme, geometry, "expected std >= 0");
  for (const BlockShape& shape : set.shapes) {
    const std::int64_t length = line_length(scheme, shape);
    if (nonzeros && (*nonzeros < 0 || *nonzeros > static_cast<double>(length))) {
      refuse(scheme, geometry, "expected nonzeros in [0, " + std::to_string(length) + "], the entries of one " + word_of(scheme, "per"));
    }
  }
}

void check_shapes(const Scheme& scheme, const Geometry& geometry, const BlockSet& set) {
  const bool convolution = !set.kernel.empty();
  if (scheme.name == "identity" && convolution) refuse(scheme, geometry, "expected a matrix; for a convolution use dirac");
  if ((scheme.name == "dirac" || scheme.name == "delta_orthogonal") && !convolution) {
    refuse(scheme, geometry, std::string("expected a convolution; use ") + (scheme.name == "dirac" ? "identity" : "orthogonal"));
  }
  if (scheme.name == "delta_orthogonal") {
    for (const BlockShape& shape : set.shapes) {
      if (shape.row_count() < shape.input_count()) {
        refuse(scheme, geometry,
               "expected at least as many outputs as inputs, got " + std::to_string(shape.row_count()) + " and " +
                   std::to_string(shape.input_count()) + "; use orthogonal");
      }
    }
  }
  if (scheme.name == "special_orthogonal") {
    if (!(number_of(scheme, "gain") > 0)) refuse(scheme, geometry, "expected gain > 0, which keeps the determinant positive");
    for (const BlockShape& shape : set.shapes) {
      if (shape.row_count() != shape.column_count()) {
        refuse(scheme, geometry,
               "expected square matrices, which alone have a determinant, got " + std::to_string(shape.row_count()) + " outputs and " +
                   std::to_string(shape.column_count()) + " inputs (times taps); use orthogonal");
      }
    }
  }
  if (scheme.name == "sparse") check_sparse(scheme, geometry, set);
}

// Martens 2021: where outputs outnumber inputs, |W x|^2 / outputs would fall below |x|^2 / inputs.
double orthogonal_gain(const Scheme& scheme, const BlockShape& shape) {
  const double gain = number_of(scheme, "gain");
  if (scheme.name != "scaled_orthogonal" || shape.row_count() <= shape.column_count()) return gain;
  return gain * std::sqrt(static_cast<double>(shape.row_count()) / static_cast<double>(shape.column_count()));
}

std::int64_t ones_on_diagonal(const Scheme& scheme, const BlockShape& shape) {
  const auto shift = static_cast<std::int64_t>(number_of(scheme, "shift"));
  const std::int64_t first = std::max<std::int64_t>(0, -shift);
  const std::int64_t last = std::min(shape.row_count(), shape.column_count() - shift);
  return std::max<std::int64_t>(0, last - first);
}

template <class T>
constexpr DType dtype_of = std::is_same_v<T, float> ? DType::f32 : DType::f64;

template <class T>
TensorView as_view(std::vector<T>& values) {
  return {values.data(), dtype_of<T>, {static_cast<std::int64_t>(values.size())}, {}};
}

constexpr std::int64_t elements_per_piece = 1 << 16;

std::string purpose(std::size_t block) { return "block" + std::to_string(block); }

// A Haar matrix (rows, columns) of this block, its numbers from a stream of its own. `special`: with the first column negated where the
// determinant is -1, which makes the law that of Haar on the rotations.
template <class T>
std::vector<T> make_block_matrix(std::int64_t rows, std::int64_t columns, Stream stream, std::size_t block, int threads, bool special) {
  std::vector<T> normals(static_cast<std::size_t>(haar_normal_count(rows, columns)));
  fill(as_view(normals), Normal{0, 1}, substream(stream, purpose(block)), {.view = {}, .threads = threads, .backend = {}});
  std::vector<T> q(static_cast<std::size_t>(rows * columns));
  make_haar(std::span<T>(q), rows, columns, std::span<const T>(normals), threads);
  if (special && haar_determinant(rows, std::span<const T>(normals)) < 0) {
    for (std::size_t at = 0; at < q.size(); at += static_cast<std::size_t>(columns)) q[at] = -q[at];
  }
  return q;
}

// Many small blocks run side by side, few large ones each on all threads.
template <class Body>
void for_each_block(const BlockSet& set, int threads, Body&& body) {
  const int used = threads > 0 ? threads : default_threads();
  const auto count = static_cast<std::int64_t>(set.blocks.size());
  const bool side_by_side = count >= std::int64_t{4} * used;
  parallel_for(count, 1, side_by_side ? used : 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) body(static_cast<std::size_t>(b), side_by_side ? 1 : used);
  });
}

template <class T>
void generate_orthogonal(std::span<T> dense, const Scheme& scheme, const BlockSet& set, Stream stream, int threads) {
  const bool delta = scheme.name == "delta_orthogonal";
  const bool special = scheme.name == "special_orthogonal";
  const std::int64_t tap = delta ? centre_tap(set.kernel, 0) : 0;
  for_each_block(set, threads, [&](std::size_t b, int block_threads) {
    const BlockShape& shape = set.shape_of(set.blocks[b]);
    const double gain = orthogonal_gain(scheme, shape);
    const std::int64_t columns = delta ? shape.input_count() : shape.column_count();
    const std::vector<T> q = make_block_matrix<T>(shape.row_count(), columns, stream, b, block_threads, special);
    T* base = dense.data() + set.blocks[b].base;
    std::vector<std::int64_t> column_offsets(static_cast<std::size_t>(columns));
    for (std::int64_t c = 0; c < columns; ++c) {
      column_offsets[static_cast<std::size_t>(c)] =
          delta ? shape.inputs[static_cast<std::size_t>(c)] + shape.taps[static_cast<std::size_t>(tap)] : shape.column_offset(c);
    }
    const std::int64_t rows_per_piece = std::max<std::int64_t>(1, elements_per_piece / std::max<std::int64_t>(1, columns));
    parallel_for(shape.row_count(), rows_per_piece, block_threads, [&](std::int64_t begin, std::int64_t end) {
      for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r) {
        for (std::size_t c = 0; c < column_offsets.size(); ++c) {
          base[shape.rows[r] + column_offsets[c]] = static_cast<T>(gain * static_cast<double>(q[r * column_offsets.size() + c]));
        }
      }
    });
  });
}

template <class T>
void generate_identity(std::span<T> dense, const Scheme& scheme, const BlockSet& set) {
  const auto gain = static_cast<T>(number_of(scheme, "gain"));
  const auto shift = static_cast<std::int64_t>(number_of(scheme, "shift"));
  for (const Block& block : set.blocks) {
    const BlockShape& shape = set.shape_of(block);
    const std::int64_t first = std::max<std::int64_t>(0, -shift);
    for (std::int64_t r = first; r < first + ones_on_diagonal(scheme, shape); ++r) {
      dense[static_cast<std::size_t>(block.base + shape.rows[static_cast<std::size_t>(r)] + shape.column_offset(r + shift))] = gain;
    }
  }
}

template <class T>
void generate_dirac(std::span<T> dense, const Scheme& scheme, const BlockSet& set) {
  const auto gain = static_cast<T>(number_of(scheme, "gain"));
  const auto tap = static_cast<std::size_t>(centre_tap(set.kernel, 1));
  for (const Block& block : set.blocks) {
    const BlockShape& shape = set.shape_of(block);
    for (std::size_t d = 0; d < std::min(shape.rows.size(), shape.inputs.size()); ++d) {
      dense[static_cast<std::size_t>(block.base + shape.rows[d] + shape.inputs[d] + shape.taps[tap])] = gain;
    }
  }
}

// Zeros where the keys of a line are smallest: every choice of places is equally likely, and their number is exact.
template <class T>
void zero_lines(T* base, const Scheme& scheme, const BlockShape& shape, const std::vector<double>& keys) {
  const bool per_column = word_of(scheme, "per") == "column";
  const std::int64_t rows = shape.row_count();
  const std::int64_t columns = shape.column_count();
  const std::int64_t length = per_column ? rows : columns;
  const std::int64_t zeros = zeros_per_line(scheme, length);
  std::vector<std::pair<double, std::int64_t>> line(static_cast<std::size_t>(length));
  for (std::int64_t l = 0; l < (per_column ? columns : rows); ++l) {
    for (std::int64_t i = 0; i < length; ++i) {
      line[static_cast<std::size_t>(i)] = {keys[static_cast<std::size_t>(per_column ? i * columns + l : l * columns + i)], i};
    }
    std::nth_element(line.begin(), line.begin() + std::min(zeros, length), line.end());
    for (std::int64_t z = 0; z < zeros; ++z) {
      const std::int64_t at = line[static_cast<std::size_t>(z)].second;
      base[shape.rows[static_cast<std::size_t>(per_column ? at : l)] + shape.column_offset(per_column ? l : at)] = T{0};
    }
  }
}

template <class T>
void generate_sparse(std::span<T> dense, const Scheme& scheme, const BlockSet& set, Stream stream, int threads) {
  const TensorView all{dense.data(), dtype_of<T>, {static_cast<std::int64_t>(dense.size())}, {}};
  fill(all, Normal{0, number_of(scheme, "std")}, stream, {.view = {}, .threads = threads, .backend = {}});
  for_each_block(set, threads, [&](std::size_t b, int block_threads) {
    const BlockShape& shape = set.shape_of(set.blocks[b]);
    std::vector<double> keys(static_cast<std::size_t>(shape.row_count() * shape.column_count()));
    fill(as_view(keys), Uniform{0, 1}, substream(stream, purpose(b)), {.view = {}, .threads = block_threads, .backend = {}});
    zero_lines(dense.data() + set.blocks[b].base, scheme, shape, keys);
  });
}

}  // namespace

bool is_structured(const Scheme& scheme) {
  return is_full_orthogonal(scheme) || scheme.name == "delta_orthogonal" || scheme.name == "identity" || scheme.name == "dirac" ||
         scheme.name == "sparse";
}

BlockSet structured_blocks(const Scheme& scheme, const Geometry& geometry) {
  if (geometry.shape.size() < 2) {
    refuse(scheme, geometry, "expected a matrix or a convolution; for a vector use zeros, ones, constant or normal");
  }
  BlockSet set = make_blocks(geometry, is_whole(scheme));
  check_shapes(scheme, geometry, set);
  return set;
}

BlockMoments block_moments(const Scheme& scheme, const BlockShape& shape) {
  const auto rows = static_cast<double>(shape.row_count());
  const auto columns = static_cast<double>(shape.column_count());
  if (scheme.name == "sparse") {
    const std::int64_t length = line_length(scheme, shape);
    const double kept = static_cast<double>(length - zeros_per_line(scheme, length)) / static_cast<double>(length);
    const double std = number_of(scheme, "std");
    return {0, kept * std * std};
  }
  if (is_full_orthogonal(scheme)) {
    const double gain = orthogonal_gain(scheme, shape);
    return {0, gain * gain / std::max(rows, columns)};
  }
  const double gain = number_of(scheme, "gain");
  const auto inputs = static_cast<double>(shape.input_count());
  if (scheme.name == "delta_orthogonal") return {0, gain * gain * inputs / (rows * columns)};
  const double ones = scheme.name == "dirac" ? std::min(rows, inputs) : static_cast<double>(ones_on_diagonal(scheme, shape));
  return {gain * ones / (rows * columns), gain * gain * ones / (rows * columns)};
}

template <class T>
void generate_structured(std::span<T> dense, const Scheme& scheme, const BlockSet& set, Stream stream, int threads) {
  if (scheme.name == "sparse") return generate_sparse(dense, scheme, set, stream, threads);
  if (!is_full_orthogonal(scheme)) std::fill(dense.begin(), dense.end(), T{0});
  if (scheme.name == "identity") return generate_identity(dense, scheme, set);
  if (scheme.name == "dirac") return generate_dirac(dense, scheme, set);
  generate_orthogonal(dense, scheme, set, stream, threads);
}

template void generate_structured(std::span<float>, const Scheme&, const BlockSet&, Stream, int);
template void generate_structured(std::span<double>, const Scheme&, const BlockSet&, Stream, int);

}  // namespace evenkeel::schemes
