// SPDX-License-Identifier: Apache-2.0
// Words to f32 values: docs/stream-v1.md in code. Every operation is IEEE, so the order of operations is the contract.
#include "fill/coefficients.hpp"
#include "fill/kernel_table.hpp"

namespace evenkeel {
namespace {

// Least power first.
template <class V, class Real, int count>
[[gnu::always_inline]] inline V horner(const Real (&coefficients)[count], V x, V (*constant)(Real)) {
  V sum = constant(coefficients[count - 1]);
  for (int i = count - 2; i >= 0; --i) sum = mul_add(sum, x, constant(coefficients[i]));
  return sum;
}

template <class V>
[[gnu::always_inline]] inline V clamp(V x, V lowest, V highest) {
  return at_most(at_least(x, lowest), highest);
}

// x = (1 + t) 2^-n with |t| <= 1/3.
struct Split32 {
  F n, t;
};

[[gnu::always_inline]] inline Split32 split(F x) {
  const U bits = add(as_u(x), u32(0x3f800000 - 0x3f2aaaab));
  const F n = sub(f32(127.0F), float_of(shr<23>(bits)));
  const F mantissa = as_f(add(bit_and(bits, u32(0x7fffff)), u32(0x3f2aaaab)));
  return {n, sub(mantissa, f32(1.0F))};
}

// -ln((1 + t) 2^-n)
[[gnu::always_inline]] inline F neg_log(Split32 x) {
  namespace c = coefficients_f32;
  const F cubic = mul_add(x.t, horner(c::log_p, x.t, f32), f32(-0.5F));
  const F log1p = mul_add(mul(x.t, x.t), cubic, x.t);
  return mul_sub(x.n, f32(c::ln2), log1p);
}

// word + fraction, rounded (twice where fraction is not 1/2).
[[gnu::always_inline]] inline F real_of(U word, F fraction) {
  const F low = add(float_of(bit_and(word, u32(255))), fraction);
  return mul_add(float_of(shr<8>(word)), f32(256.0F), low);
}

// sqrt(-2 ln u), u = (word + 1/2) / 2^32; near 1 from the complement, so that it is exact there too.
[[gnu::always_inline]] inline F radius(U word) {
  const auto below = less(word, u32(0xaaaaaaab));
  const F x = real_of(select(below, word, bit_xor(word, u32(0xffffffff))), f32(0.5F));
  const Split32 parts = split(x);
  const F n = select(below, add(parts.n, f32(32.0F)), f32(0.0F));
  const F t = select(below, parts.t, mul(x, f32(-0x1p-32F)));
  const F e = neg_log(Split32{n, t});
  return root(add(e, e));
}

struct Pair32 {
  F first, second;
};

// radius * (cos, sin) of 2 pi (word + 1/2) / 2^32.
[[gnu::always_inline]] inline Pair32 box_muller(U radius_word, U angle_word) {
  namespace c = coefficients_f32;
  const F t = mul(float_of(bit_or(shl<2>(angle_word), u32(2))), f32(0x1p-31F));
  const F y = mul(t, t);
  const F sine_tail = mul_add(y, horner(c::sin_p, y, f32), f32(c::quarter_pi_low));
  const F sine = mul_add(f32(c::quarter_pi), t, mul(t, sine_tail));
  const F cosine = mul_add(y, horner(c::cos_p, y, f32), f32(1.0F));
  const U quarter = add(angle_word, u32(0x20000000));
  const U odd = shl<1>(quarter);
  const U top = u32(0x80000000);
  const F r = radius(radius_word);
  const F first = mul(r, select_top(odd, sine, cosine));
  const F second = mul(r, select_top(odd, cosine, sine));
  return {as_f(bit_xor(as_u(first), bit_and(add(quarter, u32(0x40000000)), top))), as_f(bit_xor(as_u(second), bit_and(quarter, top)))};
}

// x with Phi(x) = 1/2 + v, 0 <= v <= 31/64.
[[gnu::always_inline]] inline F centre_quantile(F v) {
  namespace c = coefficients_f32;
  const F r = neg_mul_add(v, v, f32(c::centre_limit * c::centre_limit));
  return mul(v, div(horner(c::centre_num, r, f32), horner(c::centre_den, r, f32)));
}

// x with Q(x) = q, q <= 1/64.
[[gnu::always_inline]] inline F tail_quantile(F q) {
  namespace c = coefficients_f32;
  const F e = neg_log(split(q));
  const F s = root(add(e, e));
  return div(horner(c::tail_num, s, f32), horner(c::tail_den, s, f32));
}

// Two sides of the middle, each counted from where it begins, so that small |x| and small tails both keep their relative accuracy.
template <bool with_tail>
[[gnu::always_inline]] inline F truncated(U word, const KernelArguments& a) {
  const LawNumbers<float>& n = a.f32;
  const U all = u32(0xffffffff);
  const auto lower = less(bit_and(word, u32(static_cast<std::uint32_t>(a.word_mask))), u32(static_cast<std::uint32_t>(a.lower_limit)));
  const U upward = sub(word, u32(static_cast<std::uint32_t>(a.first_upper)));
  const U distance = select(lower, bit_xor(upward, all), upward);
  const F fraction = select(lower, f32(n.fraction_lower), f32(n.fraction_upper));
  const F v = mul_add(real_of(distance, fraction), f32(n.step), select(lower, f32(n.start_lower), f32(n.start_upper)));
  F x = centre_quantile(v);
  if constexpr (with_tail) {
    const U outward = select(lower, word, bit_xor(word, all));
    const F q = mul_add(real_of(outward, f32(0.5F)), f32(n.step), select(lower, f32(n.tail_lower), f32(n.tail_upper)));
    x = select(less(f32(coefficients_f32::centre_limit), v), tail_quantile(q), x);
  }
  return mul_add(x, select(lower, f32(-n.scale), f32(n.scale)), f32(n.offset));
}

// Both bounds on one side, 17/8 std or more from the mean: distance t from the nearer bound a, by Newton on
// ln Q(a) - ln Q(a + t) = -ln y; Q = phi(x) mills(x) / x.
[[gnu::always_inline]] inline F truncated_far(U word, const KernelArguments& a) {
  namespace c = coefficients_f32;
  const LawNumbers<float>& n = a.f32;
  const F bound = f32(n.far_bound);
  const F y = mul_add(real_of(bit_xor(word, u32(static_cast<std::uint32_t>(a.word_mask))), f32(0.5F)), f32(n.step), f32(n.tail_upper));
  const F e = neg_log(split(y));
  const F twice = add(e, e);
  F t = div(twice, add(bound, root(mul_add(bound, bound, twice))));
  for (int i = 0; i < far_steps_f32; ++i) {
    const F x = add(bound, t);
    const F z = div(f32(1.0F), mul(x, x));
    const F mills = div(div(horner(c::mills_num, z, f32), horner(c::mills_den, z, f32)), x);
    const F growth = neg_log(split(div(mills, f32(n.far_mills))));
    const F excess = sub(mul_add(t, mul_add(f32(0.5F), t, bound), growth), e);
    t = neg_mul_add(excess, mills, t);
  }
  return mul_add(t, f32(n.scale), f32(n.offset));
}

[[gnu::always_inline]] inline F uniform(U word, const KernelArguments& a) {
  const F x = mul_add(float_of(shr<8>(word)), f32(a.f32.grid_step), f32(a.f32.grid_start));
  return mul_add(x, f32(a.f32.scale), f32(a.f32.offset));
}

// 2^y, y = log2 low + word octaves per word. Whole octaves only scale, by two powers of two, so that a subnormal value is rounded once;
// `near` is exact.
[[gnu::always_inline]] inline F log_uniform(U word, const KernelArguments& a) {
  const LawNumbers<float>& n = a.f32;
  const F whole = f32(0x1.8p23F);  // sums with it are rounded to integers, which stand in their low bits
  const F high = float_of(shr<16>(word));
  const F low = add(float_of(bit_and(word, u32(0xffff))), f32(0.5F));
  const F shifted = add(mul_add(high, f32(n.log_step), f32(n.log_start)), whole);
  const F near = add(mul_sub(high, f32(n.log_step), sub(shifted, whole)), f32(n.log_start));
  const F x = add(near, mul_add(high, f32(n.log_step_rest), mul_add(low, f32(n.log_fine), f32(n.log_start_rest))));
  const F power = mul_add(x, horner(coefficients_f32::exp2_p, x, f32), f32(1.0F));
  const U exponents = add(as_u(shifted), u32(static_cast<std::uint32_t>(a.exponent_offset)));
  const U half = shr<1>(exponents);
  return mul(mul(power, as_f(shl<23>(half))), as_f(shl<23>(sub(exponents, half))));
}

}  // namespace
}  // namespace evenkeel
