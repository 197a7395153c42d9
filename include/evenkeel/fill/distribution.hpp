// SPDX-License-Identifier: Apache-2.0
// Laws of single, independent elements.
#pragma once

#include <variant>

namespace evenkeel {

struct Constant {
  double value = 0;
};

/// [low, high): after rounding to the element type too, `high` is never returned. low == high is the constant.
struct Uniform {
  double low = 0, high = 1;
};

/// |x - mean| <= 6.77 std (9.5 std in f64). Beyond the largest finite value of the element type that value is returned.
struct Normal {
  double mean = 0, std = 1;
};

/// N(mean, std^2) cut at the values [low, high] (absolute, not in units of std). Values outside are never returned, in no element type.
/// Either bound may be infinite; both may lie on one side of the mean, however far.
struct TruncatedNormal {
  double mean = 0, std = 1, low = -2, high = 2;
};

/// exp of U[ln low, ln high), 0 < low: every octave is equally likely. As for Uniform, values lie in [low, high) in every element type, and
/// low == high is the constant. `low` may not lie below the least positive value of the element type.
struct LogUniform {
  double low = 1e-3, high = 0.1;
};

using Distribution = std::variant<Constant, Uniform, Normal, TruncatedNormal, LogUniform>;

struct Moments {
  double mean = 0, std = 0;
};

/// Mean and std of the law (of the truncated one, not its parent) to about 1e-14; the same bits everywhere.
[[nodiscard]] Moments moments_of(const Distribution& distribution);

}  // namespace evenkeel
