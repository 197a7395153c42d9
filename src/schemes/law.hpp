// SPDX-License-Identifier: Apache-2.0
// Schemes whose elements are independent: a distribution per region of the tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evenkeel/fill/distribution.hpp"
#include "evenkeel/schemes/fans.hpp"
#include "evenkeel/schemes/scheme.hpp"

namespace evenkeel::schemes {

/// [begin, end) along an axis; axis -1: the whole tensor.
struct Region {
  int axis = -1;
  std::int64_t begin = 0, end = 0;
  std::size_t section = 0;
  Distribution law;
};

[[nodiscard]] bool has_law(const Scheme& scheme);
/// Regions cover the tensor; neighbours in the list follow each other along the axis. Throws invalid_argument where the scheme cannot be
/// applied.
[[nodiscard]] std::vector<Region> regions_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans);
/// One per section: those given (one for all, or one each), or the exact ones.
[[nodiscard]] std::vector<Fans> resolve_fans(const Geometry& geometry, std::span<const Fans> fans);
/// "none" is nullopt.
[[nodiscard]] std::optional<double> optional_number(const Scheme& scheme, std::string_view argument);

}  // namespace evenkeel::schemes
