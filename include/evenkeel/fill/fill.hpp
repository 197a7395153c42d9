// SPDX-License-Identifier: Apache-2.0
// fill(): element x of the view gets the value of its stream index, whatever the thread count, backend or shard.
#pragma once

#include <string_view>
#include <vector>

#include "evenkeel/base/tensor_view.hpp"
#include "evenkeel/fill/distribution.hpp"
#include "evenkeel/rng/stream.hpp"

namespace evenkeel {

struct FillOptions {
  View view;                 // empty: the tensor owns its stream
  int threads = 0;           // 0: default_threads()
  std::string_view backend;  // empty: EVENKEEL_BACKEND, else the first that runs here
};

/// Writes every element of `out`. f16, bf16 and fp8 values are the f32 values rounded once; f64 has a stream of its own.
/// Throws invalid_argument for parameters that are not finite (bounds of TruncatedNormal may be infinite) or beyond the range of the dtype,
/// a negative std, low > high, a LogUniform low that is not positive, bounds without a value of the dtype between them, a dtype that is not
/// floating, a view of another rank or one that leaves its global shape, memory strides that are not positive or overlap. A tensor without
/// elements is left alone. A view costs little while an axis has stream stride 1; with a smallest stride s up to 32, s numbers are made for
/// one; beyond that each element costs a Philox block of its own, in portable code. Under 8 MiB or more of contiguous output the system is
/// asked for huge pages (Linux: MADV_HUGEPAGE on the whole ones inside it, which stays with the mapping).
void fill(const TensorView& out, const Distribution& distribution, Stream stream, const FillOptions& options = {});

struct Backend {
  std::string_view name;  // portable, avx2, avx512, neon
  std::string_view description;
  bool supported = false;  // on this machine
};
/// In order of preference, portable last.
[[nodiscard]] std::vector<Backend> backends();
/// The one fill() uses now. Throws invalid_argument where EVENKEEL_BACKEND names none that runs here (the message lists those that do).
[[nodiscard]] std::string_view active_backend();

}  // namespace evenkeel
