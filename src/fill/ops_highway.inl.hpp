// SPDX-License-Identifier: Apache-2.0
// The same operations as ops_scalar.inl.hpp on Highway vectors of the unit's own instruction set.
#define HWY_COMPILE_ONLY_STATIC
#define HWY_DISABLE_PCLMUL_AES  // not used here, and Highway would fall back to SSSE3, whose MulAdd rounds twice
#include <hwy/highway.h>

#include <cstdint>

namespace evenkeel {
namespace {

static_assert(HWY_STATIC_TARGET != HWY_SSSE3 && HWY_STATIC_TARGET != HWY_SSE4 && HWY_STATIC_TARGET != HWY_EMU128,
              "this unit needs a target with fused multiply-add");

namespace hn = hwy::HWY_NAMESPACE;
using TagF = hn::ScalableTag<float>;
using TagU = hn::ScalableTag<std::uint32_t>;
using TagI = hn::ScalableTag<std::int32_t>;
using TagD = hn::ScalableTag<double>;
using TagQ = hn::ScalableTag<std::uint64_t>;
using F = hn::Vec<TagF>;
using U = hn::Vec<TagU>;
using D = hn::Vec<TagD>;
using Q = hn::Vec<TagQ>;

constexpr std::uint64_t f32_blocks = hn::MaxLanes(TagF());  // blocks of one batch
constexpr std::uint64_t f64_blocks = hn::MaxLanes(TagD());

HWY_INLINE F f32(float x) { return hn::Set(TagF(), x); }
HWY_INLINE D f64(double x) { return hn::Set(TagD(), x); }
HWY_INLINE U u32(std::uint32_t x) { return hn::Set(TagU(), x); }
HWY_INLINE Q u64(std::uint64_t x) { return hn::Set(TagQ(), x); }

HWY_INLINE U as_u(F x) { return hn::BitCast(TagU(), x); }
HWY_INLINE F as_f(U x) { return hn::BitCast(TagF(), x); }
HWY_INLINE Q as_q(D x) { return hn::BitCast(TagQ(), x); }
HWY_INLINE D as_d(Q x) { return hn::BitCast(TagD(), x); }
HWY_INLINE F float_of(U x) { return hn::ConvertTo(TagF(), hn::BitCast(TagI(), x)); }

template <class V>
HWY_INLINE V add(V a, V b) {
  return hn::Add(a, b);
}
template <class V>
HWY_INLINE V sub(V a, V b) {
  return hn::Sub(a, b);
}
template <class V>
HWY_INLINE V mul(V a, V b) {
  return hn::Mul(a, b);
}
template <class V>
HWY_INLINE V div(V a, V b) {
  return hn::Div(a, b);
}
template <class V>
HWY_INLINE V root(V x) {
  return hn::Sqrt(x);
}
template <class V>
HWY_INLINE V mul_add(V a, V b, V c) {
  return hn::MulAdd(a, b, c);
}
template <class V>
HWY_INLINE V mul_sub(V a, V b, V c) {
  return hn::MulSub(a, b, c);
}
template <class V>
HWY_INLINE V neg_mul_add(V a, V b, V c) {
  return hn::NegMulAdd(a, b, c);
}

template <int bits, class V>
HWY_INLINE V shl(V x) {
  return hn::ShiftLeft<bits>(x);
}
template <int bits, class V>
HWY_INLINE V shr(V x) {
  return hn::ShiftRight<bits>(x);
}
template <class V>
HWY_INLINE V bit_and(V a, V b) {
  return hn::And(a, b);
}
template <class V>
HWY_INLINE V bit_or(V a, V b) {
  return hn::Or(a, b);
}
template <class V>
HWY_INLINE V bit_xor(V a, V b) {
  return hn::Xor(a, b);
}

template <class V>
HWY_INLINE auto less(V a, V b) {
  return hn::Lt(a, b);
}
// Not Max and Min everywhere: of zeros of both signs Arm takes the other one.
template <class V>
HWY_INLINE V at_least(V x, V bound) {
#if HWY_ARCH_X86
  return hn::Max(bound, x);
#else
  return hn::IfThenElse(hn::Gt(bound, x), bound, x);
#endif
}
template <class V>
HWY_INLINE V at_most(V x, V bound) {
#if HWY_ARCH_X86
  return hn::Min(bound, x);
#else
  return hn::IfThenElse(hn::Lt(bound, x), bound, x);
#endif
}
// A mask made from u32 lanes serves f32 lanes too, u64 lanes serve f64.
template <class M, class V>
HWY_INLINE V select(M mask, V a, V b) {
  return hn::IfThenElse(hn::RebindMask(hn::DFromV<V>(), mask), a, b);
}
template <class M>
HWY_INLINE M both(M a, M b) {
  return hn::And(a, b);
}
HWY_INLINE F select_top(U bits, F a, F b) { return hn::IfNegativeThenElse(as_f(bits), a, b); }
HWY_INLINE D select_top(Q bits, D a, D b) { return hn::IfNegativeThenElse(as_d(bits), a, b); }

HWY_INLINE Q mul_low(Q a, Q b) { return hn::MulEven(hn::BitCast(TagU(), a), hn::BitCast(TagU(), b)); }
HWY_INLINE Q ids(std::uint64_t first) { return hn::Iota(TagQ(), 0) + u64(first); }
// The order of blocks in which store_floats() writes them in sequence.
HWY_INLINE Q ids_interleaved(std::uint64_t first) {
  const Q lane = hn::Iota(TagQ(), 0);
  const Q odd = hn::And(lane, u64(1));
  return hn::Add(hn::Add(hn::ShiftRight<1>(lane), hn::MulEven(hn::BitCast(TagU(), odd), u32(hn::MaxLanes(TagQ()) / 2))), u64(first));
}
HWY_INLINE U low(Q x) { return hn::BitCast(TagU(), x); }
// The low halves of both.
HWY_INLINE U join(Q first, Q second) { return hn::OddEven(low(hn::ShiftLeft<32>(second)), low(first)); }

HWY_INLINE U load(const std::uint32_t* from) { return hn::LoadU(TagU(), from); }
HWY_INLINE void store(F a, float* out) { hn::StoreU(a, TagF(), out); }
// Elements 0 and 2 (first), 1 and 3 (second) of each block.
HWY_INLINE void store_floats(F first, F second, void* out) {
  float* to = static_cast<float*>(out);
  hn::StoreU(hn::InterleaveLower(TagF(), first, second), TagF(), to);
  hn::StoreU(hn::InterleaveUpper(TagF(), first, second), TagF(), to + hn::MaxLanes(TagF()));
}
HWY_INLINE void store_halves(U codes, void* out) { hn::StoreU(codes, TagU(), static_cast<std::uint32_t*>(out)); }
HWY_INLINE U packed_bytes(U codes) { return low(hn::Or(hn::BitCast(TagQ(), codes), hn::ShiftRight<16>(hn::BitCast(TagQ(), codes)))); }
HWY_INLINE void store_bytes(U a, U b, void* out) {
  hn::StoreU(hn::ConcatEven(TagU(), packed_bytes(b), packed_bytes(a)), TagU(), static_cast<std::uint32_t*>(out));
}
HWY_INLINE void store2(D a, D b, void* out) { hn::StoreInterleaved2(a, b, TagD(), static_cast<double*>(out)); }

}  // namespace
}  // namespace evenkeel
