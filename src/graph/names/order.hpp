// SPDX-License-Identifier: Apache-2.0
// The order in which modules run, as far as their names tell.
#pragma once

#include "graph/names/path.hpp"

namespace evenkeel::names {

/// Where a segment stands among its siblings, by the words in it: inputs first, outputs last.
[[nodiscard]] int place_of(const Segment& segment);
/// A strict weak order of module paths.
[[nodiscard]] bool comes_before(const Path& a, const Path& b);

}  // namespace evenkeel::names
