// SPDX-License-Identifier: Apache-2.0
// What the recipes named after frameworks share.
#pragma once

#include "plan/recipes/rows.hpp"

namespace evenkeel::recipes {

/// Computes the scheme with the framework's fans and says so where they are not the true ones.
[[nodiscard]] Decision with_framework_fans(const Subject& s, Decision decision, std::string_view framework);
/// The same decision for tensors a framework has no default for, from auto's rows.
[[nodiscard]] Rule borrowed(const Rule& rule, std::string_view framework);
/// The framework's fan_in of the weight a bias belongs to; 0 where no weight is known.
[[nodiscard]] double bias_fan_in(const Subject& s);
/// Units of one gate of a packed recurrent tensor.
[[nodiscard]] std::int64_t hidden_size_of(const Parameter& parameter);

}  // namespace evenkeel::recipes
