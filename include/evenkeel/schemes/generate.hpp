// SPDX-License-Identifier: Apache-2.0
// From a scheme and a tensor's geometry to values.
#pragma once

#include <span>
#include <string_view>

#include "evenkeel/base/tensor_view.hpp"
#include "evenkeel/rng/stream.hpp"
#include "evenkeel/schemes/fans.hpp"
#include "evenkeel/schemes/scheme.hpp"

namespace evenkeel {

/// What a scheme promises for a tensor: mean and std over all its entries (for orthogonal and sparse matrices the root mean square about
/// the mean).
struct Expectation {
  double mean = 0, std = 0;
};
/// `fans`: one per section, from section_fans_of or a framework's rule; empty = exact. Throws invalid_argument where the scheme cannot be
/// applied (identity on a vector, fans needed but none), naming the tensor's role and shape and what to use instead.
[[nodiscard]] Expectation expectation_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans = {});
/// One per section.
[[nodiscard]] std::vector<Expectation> section_expectations_of(const Scheme& scheme, const Geometry& geometry,
                                                               std::span<const Fans> fans = {});

/// Whether elements depend on their stream index alone, so that any part of a tensor can be generated without the rest, through a view.
[[nodiscard]] bool is_elementwise(const Scheme& scheme);

struct GenerateOptions {
  View view;  // empty: the tensor owns its stream. Otherwise `geometry` describes the owner and out.shape the stored tensor.
  int threads = 0;
  std::string_view backend;  // of fill(), for schemes of independent elements; empty: the active one
};
/// Writes the values. Independent elements depend on their stream index alone; orthogonal, sparse and diagonal tensors are made whole (f64
/// where asked for, else f32; twice the owner in memory) before the view's part is taken, so that a shard or a transposed copy is that part
/// of the whole. f16, bf16 and fp8 are the f32 values rounded once. The geometry is that of the tensor that owns the stream (view.global
/// where a view is given).
void generate(const TensorView& out, const Scheme& scheme, const Geometry& geometry, Stream stream, std::span<const Fans> fans = {},
              const GenerateOptions& options = {});

}  // namespace evenkeel
