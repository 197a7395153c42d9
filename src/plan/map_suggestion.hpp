// SPDX-License-Identifier: Apache-2.0
// The rename rule that would make the most of two lists of names agree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evenkeel/base/shape.hpp"

namespace evenkeel {

struct NamedShape {
  std::string name;
  Shape shape;
};

struct MapSuggestion {
  std::string rule;       // 'bert.*=model.*', as --map takes it
  std::size_t count = 0;  // how many tensors it would make fit
};

/// A change of prefix, at a dot or slash, after which the most wanted tensors have a stored one of their name and shape.
[[nodiscard]] std::optional<MapSuggestion> suggest_map(const std::vector<NamedShape>& wanted, const std::vector<NamedShape>& stored);

}  // namespace evenkeel
