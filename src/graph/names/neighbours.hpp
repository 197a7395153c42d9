// SPDX-License-Identifier: Apache-2.0
// What stands around each weight: activations, norms, residual branches, first and last layers, depth.
#pragma once

#include <string>

#include "graph/names/reading.hpp"

namespace evenkeel::names {

/// Fills the findings' parameters and returns the model's traits. `activation` is the caller's, "" = none.
[[nodiscard]] ModelTraits add_neighbours(Reading& reading, const std::string& activation);

}  // namespace evenkeel::names
