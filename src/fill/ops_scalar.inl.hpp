// SPDX-License-Identifier: Apache-2.0
// One lane of plain C++: the operations the kernels are written in. f32 fma is exact without hardware for it.
#include <cstdint>

namespace evenkeel {
namespace {

using F = float;
using U = std::uint32_t;
using D = double;
using Q = std::uint64_t;

constexpr std::uint64_t f32_blocks = 1;  // blocks of one batch
constexpr std::uint64_t f64_blocks = 1;

inline F f32(float x) { return x; }
inline D f64(double x) { return x; }
inline U u32(std::uint32_t x) { return x; }
inline Q u64(std::uint64_t x) { return x; }

inline U as_u(F x) { return __builtin_bit_cast(U, x); }
inline F as_f(U x) { return __builtin_bit_cast(F, x); }
inline Q as_q(D x) { return __builtin_bit_cast(Q, x); }
inline D as_d(Q x) { return __builtin_bit_cast(D, x); }
inline F float_of(U x) { return static_cast<F>(static_cast<std::int32_t>(x)); }

template <class V>
inline V add(V a, V b) {
  return a + b;
}
template <class V>
inline V sub(V a, V b) {
  return a - b;
}
template <class V>
inline V mul(V a, V b) {
  return a * b;
}
template <class V>
inline V div(V a, V b) {
  return a / b;
}
inline F root(F x) { return __builtin_sqrtf(x); }
inline D root(D x) { return __builtin_sqrt(x); }

// The product is exact in double. Rounding the sum to double and then to float goes wrong only where the double is a tie of floats, or is a
// subnormal float; there the double is rounded to odd (Boldo and Melquiond, "When double rounding is odd", 2005). For finite numbers only.
[[gnu::noinline, gnu::cold]] F rounded_by_odd(D product, D addend) {
  const D sum = product + addend;
  const D part = sum - product;
  const D error = (product - (sum - part)) + (addend - part);
  const Q bits = as_q(sum);
  if (error == 0 || (bits & 1) != 0) return static_cast<F>(sum);
  return static_cast<F>(as_d((error > 0) == (sum > 0) ? bits + 1 : bits - 1));
}

inline F mul_add(F a, F b, F c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  const D product = static_cast<D>(a) * static_cast<D>(b);
  const D sum = product + static_cast<D>(c);
  const Q bits = as_q(sum);
  constexpr Q least_normal = Q{1023 - 126} << 52;
  const bool tie = (bits & 0x1fffffff) == 0x10000000;
  const bool subnormal = (bits & ~(Q{1} << 63)) < least_normal;
  if (__builtin_expect(tie || subnormal, 0)) return rounded_by_odd(product, c);
  return static_cast<F>(sum);
#endif
}
inline D mul_add(D a, D b, D c) { return __builtin_fma(a, b, c); }
template <class V>
inline V mul_sub(V a, V b, V c) {
  return mul_add(a, b, -c);
}
template <class V>
inline V neg_mul_add(V a, V b, V c) {
  return mul_add(-a, b, c);
}

template <int bits, class V>
inline V shl(V x) {
  return x << bits;
}
template <int bits, class V>
inline V shr(V x) {
  return x >> bits;
}
template <class V>
inline V bit_and(V a, V b) {
  return a & b;
}
template <class V>
inline V bit_or(V a, V b) {
  return a | b;
}
template <class V>
inline V bit_xor(V a, V b) {
  return a ^ b;
}

template <class V>
inline V at_least(V x, V bound) {
  return bound > x ? bound : x;
}
template <class V>
inline V at_most(V x, V bound) {
  return bound < x ? bound : x;
}
template <class V>
inline bool less(V a, V b) {
  return a < b;
}
template <class V>
inline V select(bool mask, V a, V b) {
  return mask ? a : b;
}
inline bool both(bool a, bool b) { return a && b; }
// a where the top bit of `bits` is set, else b.
inline F select_top(U bits, F a, F b) { return (bits >> 31) != 0 ? a : b; }
inline D select_top(Q bits, D a, D b) { return (bits >> 63) != 0 ? a : b; }

// Product of the low 32 bits of each.
inline Q mul_low(Q a, Q b) { return (a & 0xffffffffU) * (b & 0xffffffffU); }
inline Q ids(std::uint64_t first) { return first; }
inline Q ids_interleaved(std::uint64_t first) { return first; }
inline U low(Q x) { return static_cast<U>(x); }

inline U load(const std::uint32_t* from) { return *from; }
inline void store(F a, float* out) { *out = a; }
inline void store_floats(F first, F second, void* out) {
  const F both[2] = {first, second};
  __builtin_memcpy(out, both, sizeof(both));
}
inline void store_halves(U codes, void* out) { __builtin_memcpy(out, &codes, sizeof(codes)); }
inline void store_bytes(U a, U b, void* out) {
  const U both = a | b << 16;
  __builtin_memcpy(out, &both, sizeof(both));
}
inline void store2(D a, D b, void* out) {
  const D all[2] = {a, b};
  __builtin_memcpy(out, all, sizeof(all));
}

}  // namespace
}  // namespace evenkeel
