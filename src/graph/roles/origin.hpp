// SPDX-License-Identifier: Apache-2.0
// Constant expressions: which stored tensor a value that no input reaches was made from, and where its axes went.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "evenkeel/graph/graph.hpp"

namespace evenkeel::roles {

inline constexpr int new_axis = -1;   // of size one
inline constexpr int lost_axis = -2;  // merged, cut or permuted beyond telling

struct Origin {
  TensorId tensor = absent;      // the largest float tensor of the expression
  std::vector<int> axes;         // per axis of the value: the tensor's axis, new_axis or lost_axis
  std::vector<TensorId> others;  // further float tensors that went in, such as a weight norm's gain
  bool quantized = false;        // behind it stands an integer tensor
  bool selected = false;         // rows chosen by the data: one expert of a stack
  bool plus_one = false;         // the scalar 1 was added: a zero-centred scale
  bool reshaped = false;         // same elements in the same order, axes not told by `axes`
  int part_axis = -1;            // of the tensor: only [part_begin, part_end) of it is in the value
  std::int64_t part_begin = 0, part_end = 0;
  bool exponential = false;  // went through Exp
  bool rooted = false;       // a square root or a length was taken on the way: a weight norm, or a norm that is kept as constants
  bool computed = false;     // arithmetic with numbers made from shapes alone (positions) went in: a table, not a parameter
};

struct Provenance {
  std::vector<std::optional<Origin>> origins;  // per value; nullopt for what is no constant expression of floats
  /// Per value: carries data. What depends on an input of the model, and what a layer makes of learned tokens (queries of a decoder).
  std::vector<bool> active;
};

[[nodiscard]] Provenance find_provenance(const Graph& graph);

}  // namespace evenkeel::roles
