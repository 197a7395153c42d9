// SPDX-License-Identifier: Apache-2.0
// Laws of single, independent elements.
#pragma once

#include <variant>

namespace evenkeel {

struct Constant { double value = 0; };
/// [low, high): after rounding to the element type too, `high` is never returned.
struct Uniform { double low = 0, high = 1; };
struct Normal { double mean = 0, std = 1; };
/// N(mean, std^2) cut at the values [low, high] (absolute, not in units of std). Values outside are never returned.
struct TruncatedNormal { double mean = 0, std = 1, low = -2, high = 2; };

using Distribution = std::variant<Constant, Uniform, Normal, TruncatedNormal>;

struct Moments { double mean = 0, std = 0; };
/// Mean and std of the law (of the truncated one, not its parent).
[[nodiscard]] Moments moments_of(const Distribution& distribution);

}  // namespace evenkeel
