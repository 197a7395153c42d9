// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f64 that have the same bits on every machine, where the C library's differ by version and vendor. Only + - * /,
// sqrt, fma and integer operations; errors of one to three units in the last place, of erf eleven. For gains and fits, not for hot loops.
#pragma once

namespace evenkeel::elementary {

[[nodiscard]] double exp(double x) noexcept;
[[nodiscard]] double expm1(double x) noexcept;
[[nodiscard]] double log(double x) noexcept;
[[nodiscard]] double log1p(double x) noexcept;
/// Whole powers up to 1024 by products (exact where these are), square roots by sqrt; else exp(y log x), NaN for x < 0.
[[nodiscard]] double pow(double x, double y) noexcept;
/// NaN for |x| >= 2^50, where a double no longer holds an angle.
[[nodiscard]] double sin(double x) noexcept;
[[nodiscard]] double cos(double x) noexcept;
[[nodiscard]] double atan(double x) noexcept;
[[nodiscard]] double tanh(double x) noexcept;
[[nodiscard]] double erf(double x) noexcept;
/// 1 - erf(x); from 2 on without cancellation.
[[nodiscard]] double erfc(double x) noexcept;

}  // namespace evenkeel::elementary
