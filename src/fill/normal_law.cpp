// SPDX-License-Identifier: Apache-2.0
// Bounds of a truncated law decide its values: every operation here is one of the kernels own.
#include "fill/normal_law.hpp"

#include "fill/ops_scalar.inl.hpp"
//
#include "fill/laws32.inl.hpp"
#include "fill/laws64.inl.hpp"

namespace evenkeel {
namespace {

namespace c = coefficients_f64;

// exp(r) - 1, |r| <= ln(2)/2.
double small_expm1(double r) { return mul_add(r * r, horner(c::exp_p, r, f64), r); }

// exp(-(high + low)), low far below an ulp of high.
double exp_minus(double high, double low) {
  if (!(high < 708.0)) return 0.0;
  const double k = static_cast<double>(static_cast<int>(mul_add(high, c::log2_e, 0.5)));
  double r = mul_add(k, c::ln2_high, -high);
  r = mul_add(k, c::ln2_low, r) - low;
  const double power = as_d((Q{1023} - static_cast<Q>(k)) << 52);
  return mul_add(power, small_expm1(r), power);
}

}  // namespace

double exp_minus(double x) noexcept { return exp_minus(x, 0.0); }

double one_minus_exp_minus(double x) noexcept { return x <= 0.34375 ? -small_expm1(-x) : 1.0 - exp_minus(x, 0.0); }

double natural_log(double x) noexcept { return -neg_log(split(x)); }

double log_one_plus(double t) noexcept { return -neg_log(Split64{0.0, t}); }

BinaryLog binary_log(double x) noexcept {
  const bool subnormal = x < 0x1p-1022;
  const Split64 parts = split(subnormal ? x * 0x1p54 : x);
  return {-parts.n - (subnormal ? 54.0 : 0.0), log_one_plus(parts.t) * c::log2_e};
}

double mills(double x) noexcept { return mills_ratio(x); }

double upper_tail(double x) noexcept {
  if (x < c::far_limit) return 0.5 - centred_phi(x);
  if (!(x < 37.625)) return 0.0;
  const double high = x * x * 0.5;
  const double low = mul_add(x * 0.5, x, -high);
  return c::inverse_sqrt_2pi * exp_minus(high, low) * mills_ratio(x);
}

double centred_phi(double x) noexcept {
  const double distance = x < 0 ? -x : x;
  if (!(distance < c::far_limit)) return x < 0 ? upper_tail(distance) - 0.5 : 0.5 - upper_tail(distance);
  const double y = x * x;
  return x * (horner(c::half_erf_num, y, f64) / horner(c::half_erf_den, y, f64));
}

double tail_drop(double from, double to) noexcept {
  const double width = to - from;
  const double drop = width * mul_add(0.5, width, from);
  if (!(drop < 708.0)) return drop;
  return drop + natural_log(mills_ratio(from) / mills_ratio(to));
}

}  // namespace evenkeel
