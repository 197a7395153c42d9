// SPDX-License-Identifier: Apache-2.0
// Reduced arguments and Taylor series, whose coefficients need no fit and no table to check. std::fma and std::sqrt are correctly rounded.
#include "base/elementary.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace evenkeel::elementary {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts, the first with 32 trailing zeros, so that its products with exponents are exact.
constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
constexpr double log2_e = 0x1.71547652b82fep+0;
// pi/2 in three parts of 53 bits.
constexpr double half_pi_high = 0x1.921fb54442d18p+0, half_pi_middle = 0x1.1a62633145c07p-54, half_pi_low = -0x1.f1976b7ed8fbcp-110;
constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
constexpr double two_over_root_pi = 0x1.20dd750429b6dp+0, inverse_root_pi = 0x1.20dd750429b6dp-1;

// Lowest power first.
template <std::size_t count>
double horner(const std::array<double, count>& coefficients, double x) noexcept {
  double sum = coefficients[count - 1];
  for (std::size_t i = count - 1; i-- > 0;) sum = std::fma(sum, x, coefficients[i]);
  return sum;
}

// 1 / first!, 1 / (first + step)!, ... with alternating signs where asked for.
template <std::size_t count>
constexpr std::array<double, count> inverse_factorials(int first, int step, bool alternating) {
  std::array<double, count> result{};
  double factorial = 1;
  int n = 1;
  for (std::size_t i = 0; i < count; ++i) {
    for (const int end = first + static_cast<int>(i) * step; n <= end; ++n) factorial *= n;  // exact up to 22!
    result[i] = (alternating && i % 2 == 1 ? -1 : 1) / factorial;
  }
  return result;
}

template <std::size_t count>
constexpr std::array<double, count> inverse_odd(double numerator, bool alternating) {
  std::array<double, count> result{};
  for (std::size_t i = 0; i < count; ++i)
    result[i] = (alternating && i % 2 == 0 ? -numerator : numerator) / (2.0 * static_cast<double>(i) + 3);
  return result;
}

double power_of_two(std::int64_t k) noexcept { return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52U); }

// exp(r) - 1 for |r| <= ln(2)/2 + rounding; the first term left out is r^15/15! < 1e-19.
double small_expm1(double r) noexcept {
  static constexpr auto coefficients = inverse_factorials<13>(2, 1, false);
  return std::fma(r * r, horner(coefficients, r), r);
}

struct Reduced {
  std::int64_t k;
  double r;
};

// x = k ln 2 + r.
Reduced reduce_exponent(double x) noexcept {
  const double k = std::floor(std::fma(x, log2_e, 0.5));
  return {static_cast<std::int64_t>(k), std::fma(-k, ln2_low, std::fma(-k, ln2_high, x))};
}

// log of (1 + t) 2^k, plus `rest`, after fdlibm: log1p(t) = t - (t^2/2 - s (t^2/2 + R)), s = t / (2 + t), R = 2 (z/3 + z^2/5 + ...), z =
// s^2.
double log_of(double k, double t, double rest) noexcept {
  static constexpr auto coefficients = inverse_odd<14>(2, false);  // |t| <= 1/3: the first term left out is below 1e-21
  const double s = t / (2 + t);
  const double z = s * s;
  const double half_square = 0.5 * t * t;
  const double low = std::fma(s, std::fma(z, horner(coefficients, z), half_square), std::fma(k, ln2_low, rest));
  return std::fma(k, ln2_high, t - (half_square - low));
}

// log of a positive finite x, plus `rest`.
double log_plus(double x, double rest) noexcept {
  double k = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    k = -54;
  }
  constexpr std::uint64_t least = 0x3fe5555555555555;  // 2/3
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) + (std::bit_cast<std::uint64_t>(1.0) - least);
  k += static_cast<double>(static_cast<std::int64_t>(bits >> 52U) - 1023);
  return log_of(k, std::bit_cast<double>((bits & 0xfffffffffffffU) + least) - 1, rest);
}

struct Angle {
  unsigned quarter;  // modulo 4
  double r;          // |r| <= pi/4 + rounding
};

// The first turn is found to a few units of its last place, the second from what is left.
Angle reduce_angle(double x) noexcept {
  Angle angle{0, x};
  for (int pass = 0; pass < 2; ++pass) {
    const double k = std::floor(std::fma(angle.r, two_over_pi, 0.5));
    angle.quarter += static_cast<unsigned>(static_cast<std::int64_t>(k));
    angle.r = std::fma(-k, half_pi_low, std::fma(-k, half_pi_middle, std::fma(-k, half_pi_high, angle.r)));
  }
  angle.quarter %= 4;
  return angle;
}

double small_sin(double r) noexcept {
  static constexpr auto coefficients = inverse_factorials<9>(3, 2, true);
  const double y = r * r;
  return std::fma(-r * y, horner(coefficients, y), r);
}

double small_cos(double r) noexcept {
  static constexpr auto coefficients = inverse_factorials<9>(4, 2, true);
  const double y = r * r;
  return std::fma(y * y, horner(coefficients, y), std::fma(y, -0.5, 1));
}

double sine_of(const Angle& angle, unsigned turn) noexcept {
  const unsigned quarter = (angle.quarter + turn) % 4;
  const double value = quarter % 2 == 0 ? small_sin(angle.r) : small_cos(angle.r);
  return quarter < 2 ? value : -value;
}

constexpr double largest_angle = 0x1p50;

// exp(-x^2); the square's rounding error is carried.
double gaussian(double x) noexcept {
  const double square = x * x;
  const double value = exp(-square);
  return std::fma(-value, std::fma(x, x, -square), value);
}

// erf(x) = 2/sqrt(pi) exp(-x^2) (x + 2/3 x^3 + 4/15 x^5 + ...) for |x| <= 2: positive terms only.
double erf_series(double x) noexcept {
  const double twice_square = 2 * x * x;
  double term = x;
  double sum = x;
  for (int odd = 3; std::fabs(term) > 1e-18 * std::fabs(sum); odd += 2) {
    term *= twice_square / odd;
    sum += term;
  }
  return two_over_root_pi * gaussian(x) * sum;
}

// erfc(x) = exp(-x^2)/sqrt(pi) / (x + 1/2 / (x + 1 / (x + 3/2 / (x + ...)))) for x >= 2, to below 1e-17.
double erfc_fraction(double x) noexcept {
  if (x >= 27.5) return 0;  // below the least subnormal number
  double tail = x;
  for (int k = 60; k > 0; --k) tail = x + 0.5 * k / tail;
  return inverse_root_pi * gaussian(x) / tail;
}

double whole_power(double x, std::int64_t n) noexcept {
  double result = 1;
  for (std::uint64_t left = static_cast<std::uint64_t>(n < 0 ? -n : n); left != 0; left >>= 1U, x *= x) {
    if ((left & 1U) != 0) result *= x;
  }
  return n < 0 ? 1 / result : result;
}

}  // namespace

double exp(double x) noexcept {
  if (!(x > -746)) return x < 0 ? 0 : x;  // NaN stays
  if (x > 710) return infinity;
  const auto [k, r] = reduce_exponent(x);
  const double half = power_of_two(k / 2);  // in two steps: 2^k itself may be beyond the range
  return (1 + small_expm1(r)) * half * power_of_two(k - k / 2);
}

double expm1(double x) noexcept {
  if (std::fabs(x) <= 0.34375) return small_expm1(x);
  if (!(x > -40)) return x < 0 ? -1 : x;
  if (x > 40) return exp(x) - 1;
  const auto [k, r] = reduce_exponent(x);
  const double power = power_of_two(k);
  return std::fma(power, small_expm1(r), power - 1);
}

double log(double x) noexcept {
  if (!(x > 0) || x == infinity) return x == 0 ? -infinity : x < 0 ? nan : x;
  return log_plus(x, 0);
}

double log1p(double x) noexcept {
  if (std::fabs(x) <= 0.3125) return log_of(0, x, 0);
  if (!(x > -1) || x == infinity) return x == -1 ? -infinity : x < -1 ? nan : x;
  const double u = 1 + x;
  const double lost = x > 1 ? 1 - (u - x) : x - (u - 1);  // u + lost is 1 + x exactly
  return log_plus(u, lost / u);
}

double pow(double x, double y) noexcept {
  if (y == std::floor(y) && std::fabs(y) <= 1024) return whole_power(x, static_cast<std::int64_t>(y));
  if (y == 0.5) return std::sqrt(x);
  if (y == -0.5) return 1 / std::sqrt(x);
  if (x == 0) return y > 0 ? 0 : infinity;
  return exp(y * log(x));
}

double sin(double x) noexcept {
  if (!(std::fabs(x) < largest_angle)) return nan;
  return sine_of(reduce_angle(x), 0);
}

double cos(double x) noexcept {
  if (!(std::fabs(x) < largest_angle)) return nan;
  return sine_of(reduce_angle(x), 1);
}

double atan(double x) noexcept {
  static constexpr auto coefficients = inverse_odd<22>(1, true);
  const double size = std::fabs(x);
  if (std::isnan(x)) return x;
  // Around 0, pi/4 or pi/2: |t| <= sqrt(2) - 1.
  const double centre = size < 0.4375 ? 0 : size < 2.25 ? half_pi_high / 2 : half_pi_high;
  const double low = size < 0.4375 ? 0 : size < 2.25 ? half_pi_middle / 2 : half_pi_middle;
  const double t = size < 0.4375 ? size : size < 2.25 ? (size - 1) / (size + 1) : -1 / size;
  const double y = t * t;
  const double value = centre + (std::fma(t * y, horner(coefficients, y), t) + low);
  return x < 0 ? -value : value;
}

double tanh(double x) noexcept {
  const double e = expm1(-2 * std::fabs(x));
  const double value = -e / (2 + e);
  return x < 0 ? -value : value;
}

double erf(double x) noexcept {
  if (std::fabs(x) < 2) return erf_series(x);
  return x < 0 ? erfc_fraction(-x) - 1 : 1 - erfc_fraction(x);
}

double erfc(double x) noexcept {
  if (std::fabs(x) < 2) return 1 - erf_series(x);
  return x < 0 ? 2 - erfc_fraction(-x) : erfc_fraction(x);
}

}  // namespace evenkeel::elementary
