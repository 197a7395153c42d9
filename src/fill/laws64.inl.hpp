// SPDX-License-Identifier: Apache-2.0
// Words to f64 values, 64 bits of Philox each. The same steps as laws32.inl.hpp with longer fits; the setup of bounds uses them too.
#include "fill/coefficients.hpp"
#include "fill/kernel_table.hpp"

namespace evenkeel {
namespace {

// An integer below 2^32 in each lane, exactly.
[[gnu::always_inline]] inline D real_of_low(Q x) { return sub(as_d(bit_or(x, u64(0x4330000000000000))), f64(0x1p52)); }

struct Split64 {
  D n, t;
};

// x = (1 + t) 2^-n with |t| <= 1/3.
[[gnu::always_inline]] inline Split64 split(D x) {
  const Q bits = add(as_q(x), u64(0x3ff0000000000000 - 0x3fe5555555555555));
  const D n = sub(f64(1023.0), real_of_low(shr<52>(bits)));
  const D mantissa = as_d(add(bit_and(bits, u64(0xfffffffffffff)), u64(0x3fe5555555555555)));
  return {n, sub(mantissa, f64(1.0))};
}

// -ln((1 + t) 2^-n), after fdlibm: log1p(t) = t - (t^2/2 - s (t^2/2 + s^2 P(s^2))), s = t / (2 + t).
[[gnu::always_inline]] inline D neg_log(Split64 x) {
  namespace c = coefficients_f64;
  const D s = div(x.t, add(x.t, f64(2.0)));
  const D z = mul(s, s);
  const D half_square = mul(mul(x.t, f64(0.5)), x.t);
  const D rest = neg_mul_add(s, mul_add(z, horner(c::log_p, z, f64), half_square), half_square);
  const D low = sub(mul_add(x.n, f64(c::ln2_low), rest), x.t);
  return mul_add(x.n, f64(c::ln2_high), low);
}

// word + fraction, rounded.
[[gnu::always_inline]] inline D real_of(Q word, D fraction) {
  const D low = add(real_of_low(bit_and(word, u64(0xffffffff))), fraction);
  return mul_add(real_of_low(shr<32>(word)), f64(0x1p32), low);
}

// sqrt(-2 ln u), u = (word + 1/2) / 2^64.
[[gnu::always_inline]] inline D radius(Q word) {
  const auto below = less(shr<32>(word), u64(0xaaaaaaab));
  const D x = real_of(select(below, word, bit_xor(word, u64(~std::uint64_t{0}))), f64(0.5));
  const Split64 parts = split(x);
  const D n = select(below, add(parts.n, f64(64.0)), f64(0.0));
  const D t = select(below, parts.t, mul(x, f64(-0x1p-64)));
  const D e = neg_log(Split64{n, t});
  return root(add(e, e));
}

struct Pair64 {
  D first, second;
};

// radius * (cos, sin) of 2 pi (word + 1/2) / 2^64.
[[gnu::always_inline]] inline Pair64 box_muller(Q radius_word, Q angle_word) {
  namespace c = coefficients_f64;
  const Q turned = bit_or(shl<2>(angle_word), u64(2));
  const D high = sub(as_d(bit_xor(shr<32>(turned), u64(0x4330000080000000))), f64(0x1p52 + 0x1p31));
  const D t = mul_add(high, f64(0x1p-31), mul(real_of_low(bit_and(turned, u64(0xffffffff))), f64(0x1p-63)));
  const D y = mul(t, t);
  const D sine_tail = mul_add(y, horner(c::sin_p, y, f64), f64(c::quarter_pi_low));
  const D sine = mul_add(f64(c::quarter_pi), t, mul(t, sine_tail));
  const D cosine = mul_add(y, horner(c::cos_p, y, f64), f64(1.0));
  const Q quarter = add(angle_word, u64(0x2000000000000000));
  const Q odd = shl<1>(quarter);
  const Q top = u64(0x8000000000000000);
  const D r = radius(radius_word);
  const D first = mul(r, select_top(odd, sine, cosine));
  const D second = mul(r, select_top(odd, cosine, sine));
  return {as_d(bit_xor(as_q(first), bit_and(add(quarter, u64(0x4000000000000000)), top))),
          as_d(bit_xor(as_q(second), bit_and(quarter, top)))};
}

// x with Phi(x) = 1/2 + v, 0 <= v <= 27/64.
[[gnu::always_inline]] inline D centre_quantile(D v) {
  namespace c = coefficients_f64;
  const D r = neg_mul_add(v, v, f64(c::centre_limit * c::centre_limit));
  return mul(v, div(horner(c::centre_num, r, f64), horner(c::centre_den, r, f64)));
}

// x with Q(x) = q, q <= 5/64.
[[gnu::always_inline]] inline D tail_quantile(D q) {
  namespace c = coefficients_f64;
  const D e = neg_log(split(q));
  const D s = root(add(e, e));
  return div(horner(c::tail_num, s, f64), horner(c::tail_den, s, f64));
}

// Q(x) / phi(x), x >= 17/8.
[[gnu::always_inline]] inline D mills_ratio(D x) {
  namespace c = coefficients_f64;
  const D z = div(f64(1.0), mul(x, x));
  return div(div(horner(c::mills_num, z, f64), horner(c::mills_den, z, f64)), x);
}

template <bool with_tail>
[[gnu::always_inline]] inline D truncated(Q word, const KernelArguments& a) {
  const LawNumbers<double>& n = a.f64;
  const Q all = u64(~std::uint64_t{0});
  const auto lower = less(bit_and(word, u64(a.word_mask)), u64(a.lower_limit));
  const Q upward = sub(word, u64(a.first_upper));
  const Q distance = select(lower, bit_xor(upward, all), upward);
  const D fraction = select(lower, f64(n.fraction_lower), f64(n.fraction_upper));
  const D v = mul_add(real_of(distance, fraction), f64(n.step), select(lower, f64(n.start_lower), f64(n.start_upper)));
  D x = centre_quantile(v);
  if constexpr (with_tail) {
    const Q outward = select(lower, word, bit_xor(word, all));
    const D q = mul_add(real_of(outward, f64(0.5)), f64(n.step), select(lower, f64(n.tail_lower), f64(n.tail_upper)));
    x = select(less(f64(coefficients_f64::centre_limit), v), tail_quantile(q), x);
  }
  return mul_add(x, select(lower, f64(-n.scale), f64(n.scale)), f64(n.offset));
}

[[gnu::always_inline]] inline D truncated_far(Q word, const KernelArguments& a) {
  const LawNumbers<double>& n = a.f64;
  const D bound = f64(n.far_bound);
  const D y = mul_add(real_of(bit_xor(word, u64(a.word_mask)), f64(0.5)), f64(n.step), f64(n.tail_upper));
  const D e = neg_log(split(y));
  const D twice = add(e, e);
  D t = div(twice, add(bound, root(mul_add(bound, bound, twice))));
  for (int i = 0; i < far_steps_f64; ++i) {
    const D mills = mills_ratio(add(bound, t));
    const D growth = neg_log(split(div(mills, f64(n.far_mills))));
    const D excess = sub(mul_add(t, mul_add(f64(0.5), t, bound), growth), e);
    t = neg_mul_add(excess, mills, t);
  }
  return mul_add(t, f64(n.scale), f64(n.offset));
}

[[gnu::always_inline]] inline D uniform(Q word, const KernelArguments& a) {
  const Q bits = shr<11>(word);
  const D k = mul_add(real_of_low(shr<32>(bits)), f64(0x1p32), real_of_low(bit_and(bits, u64(0xffffffff))));
  const D x = mul_add(k, f64(a.f64.grid_step), f64(a.f64.grid_start));
  return mul_add(x, f64(a.f64.scale), f64(a.f64.offset));
}

[[gnu::always_inline]] inline D log_uniform(Q word, const KernelArguments& a) {
  const LawNumbers<double>& n = a.f64;
  const D whole = f64(0x1.8p52);
  const D high = real_of_low(shr<32>(word));
  const D low = add(real_of_low(bit_and(word, u64(0xffffffff))), f64(0.5));
  const D shifted = add(mul_add(high, f64(n.log_step), f64(n.log_start)), whole);
  const D near = add(mul_sub(high, f64(n.log_step), sub(shifted, whole)), f64(n.log_start));
  const D x = add(near, mul_add(high, f64(n.log_step_rest), mul_add(low, f64(n.log_fine), f64(n.log_start_rest))));
  const D power = mul_add(x, horner(coefficients_f64::exp2_p, x, f64), f64(1.0));
  const Q exponents = add(as_q(shifted), u64(a.exponent_offset));
  const Q half = shr<1>(exponents);
  return mul(mul(power, as_d(shl<52>(half))), as_d(shl<52>(sub(exponents, half))));
}

}  // namespace
}  // namespace evenkeel
