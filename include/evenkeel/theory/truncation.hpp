// SPDX-License-Identifier: Apache-2.0
// Moments of a normal law cut at two points, in units of its own std.
#pragma once

namespace evenkeel {

struct TruncatedMoments {
  double mean = 0, std = 0, kurtosis = 0;
};
/// Of z ~ N(0, 1) given lower <= z <= upper, by the quadrature of gain.hpp. Throws invalid_argument unless lower < upper.
[[nodiscard]] TruncatedMoments truncated_moments(double lower, double upper);
/// sqrt(E|w|^2) of a complex normal with E|w|^2 = 1 cut at |w| <= modulus: sqrt(1 - m^2 e^(-m^2) / (1 - e^(-m^2))).
[[nodiscard]] double truncated_complex_std(double modulus);

}  // namespace evenkeel
