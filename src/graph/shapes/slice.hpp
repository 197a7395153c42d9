// SPDX-License-Identifier: Apache-2.0
// The rule of Slice, which is long enough for a file of its own.
#pragma once

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {

void slice(Context& c);

}  // namespace evenkeel::shapes
