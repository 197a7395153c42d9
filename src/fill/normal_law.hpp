// SPDX-License-Identifier: Apache-2.0
// The normal law and logarithms in f64 for bounds and moments, with the kernels' own fits: bounds are part of the values, so no libm.
#pragma once

namespace evenkeel {

/// Phi(x) - 1/2, with full relative accuracy near 0. Infinite x is allowed here and below.
[[nodiscard]] double centred_phi(double x) noexcept;
/// 1 - Phi(x); 0 beyond x = 37.6.
[[nodiscard]] double upper_tail(double x) noexcept;
/// upper_tail(x) / density(x), x >= 17/8.
[[nodiscard]] double mills(double x) noexcept;
/// ln(upper_tail(from) / upper_tail(to)) for 17/8 <= from <= to.
[[nodiscard]] double tail_drop(double from, double to) noexcept;
/// exp(-x) and 1 - exp(-x), x >= 0.
[[nodiscard]] double exp_minus(double x) noexcept;
[[nodiscard]] double one_minus_exp_minus(double x) noexcept;
/// Natural logarithm of a positive normal number.
[[nodiscard]] double natural_log(double x) noexcept;
/// ln(1 + t), |t| <= 1/3, with full relative accuracy near 0.
[[nodiscard]] double log_one_plus(double t) noexcept;

/// log2 x = whole + part, `part` in [-0.59, 0.42), of a positive number, which may be subnormal.
struct BinaryLog {
  double whole = 0, part = 0;
};
[[nodiscard]] BinaryLog binary_log(double x) noexcept;

}  // namespace evenkeel
