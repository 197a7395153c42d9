// SPDX-License-Identifier: Apache-2.0
// What names say of norms.
#pragma once

#include "graph/names/modules.hpp"

namespace evenkeel::names {

/// Whether the module's own name is that of a norm ("layer_norm", "bn1", "ln_f").
[[nodiscard]] bool is_norm_name(const Module& module);

}  // namespace evenkeel::names
