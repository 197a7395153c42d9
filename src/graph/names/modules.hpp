// SPDX-License-Identifier: Apache-2.0
// The tensors of a file grouped by the module that owns them: weight, bias and statistics under one path.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "evenkeel/graph/graph.hpp"
#include "graph/names/path.hpp"

namespace evenkeel::names {

/// A tensor within its module. `leaf` is the word all frameworks share: weight, bias, running_mean, running_var, counter, gain, embedding,
/// or the name as it is (weight_ih_l0, recurrent_kernel); "" for a tensor that is a module's own (cls_token, gate_up_proj).
struct Entry {
  TensorId tensor = absent;
  std::string leaf;
  std::string stored;  // the leaf as the file spells it: "kernel", "gamma"
};

struct Module {
  std::string name;  // as the file spells it: "bert.encoder.layer.0.attention.self.query"
  Path path;
  std::vector<Entry> entries;  // in file order
  std::string text;            // the path, joined by dots

  [[nodiscard]] const Entry* find(std::string_view leaf) const noexcept;
  [[nodiscard]] const std::string& last() const noexcept { return path.back().text; }
  /// Segment `back` places before the last; an empty one where the path is shorter.
  [[nodiscard]] const Segment& before(std::size_t back) const noexcept;
  [[nodiscard]] std::string parent() const { return joined(path, path.size() - 1); }
};

/// In the order of the paths: numbers by value, stems and embeddings before blocks, heads last, since files sort names as text.
[[nodiscard]] std::vector<Module> group_modules(const Graph& graph);

}  // namespace evenkeel::names
