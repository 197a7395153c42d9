// SPDX-License-Identifier: Apache-2.0
// Residual branches as the names of repeated blocks show them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/names/reading.hpp"

namespace evenkeel::names {

/// One branch: modules with weights in their order.
struct NamedBranch {
  std::string stream;  // "encoder.layer"
  std::string block;   // "encoder.layer.0"
  bool attention = false;
  bool convolutional = false;
  bool by_shape = false;             // a candidate: only its shapes can show that it is one
  std::vector<std::size_t> members;  // modules with weights
  std::vector<std::size_t> shortcut;
  Branch branch;  // stream, index, count, layers, norm, kind
  bool norm_assumed = false;
};

struct Blocks {
  std::vector<NamedBranch> branches;
  std::map<std::size_t, std::size_t> of;  // module -> branch

  [[nodiscard]] const NamedBranch* find(std::size_t module) const;
};

/// `weighted`: modules that hold a weight with fans (no tables), in their order.
[[nodiscard]] Blocks find_blocks(const Reading& reading, const std::vector<std::size_t>& weighted, const std::vector<std::size_t>& norms);
/// Where the module stands in its branch; nullopt for one that is in none.
[[nodiscard]] std::optional<Branch> place_in(const Reading& reading, const Blocks& blocks, std::size_t module);
/// Branch and place of a norm or layer scale that stands in a block.
[[nodiscard]] std::optional<Branch> place_of_norm(const Reading& reading, const Blocks& blocks, std::size_t module);
[[nodiscard]] std::optional<Branch> place_of_scale(const Reading& reading, const Blocks& blocks, std::size_t module);

}  // namespace evenkeel::names
