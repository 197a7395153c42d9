// SPDX-License-Identifier: Apache-2.0
// The kernels, written once over the operations of an ops_*.inl.hpp that the unit includes before. Everything here has internal linkage:
// an object compiled for one instruction set must not lend code to the rest of the program.
#include "fill/kernel_table.hpp"
#include "fill/laws32.inl.hpp"
#include "fill/laws64.inl.hpp"

namespace evenkeel {
namespace {

// What all blocks share, as vectors: broadcasting a round key costs as much as half a round.
struct Setup {
  Q key0[10], key1[10];
  Q name_low, name_high;
};

[[gnu::always_inline]] inline Setup setup_of(const KernelArguments& a) {
  Setup setup;
  for (std::uint32_t round = 0; round < 10; ++round) {
    setup.key0[round] = u64(a.key[0] + round * 0x9E3779B9);
    setup.key1[round] = u64(a.key[1] + round * 0xBB67AE85);
  }
  setup.name_low = u64(a.name);
  setup.name_high = u64(a.name >> 32);
  return setup;
}

struct Words {
  Q word[4];  // low 32 bits count
};

[[gnu::always_inline]] inline Words philox(Q block, const Setup& setup) {
  Q c0 = block;
  Q c1 = shr<32>(block);
  Q c2 = setup.name_low;
  Q c3 = setup.name_high;
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Q p0 = mul_low(c0, u64(0xD2511F53));
    const Q p1 = mul_low(c2, u64(0xCD9E8D57));
    c0 = bit_xor(shr<32>(p1), bit_xor(c1, setup.key0[round]));
    c1 = p1;
    c2 = bit_xor(shr<32>(p0), bit_xor(c3, setup.key1[round]));
    c3 = p0;
  }
  return {{c0, c1, c2, c3}};
}

struct TwoWords {
  Words a, b;
};

// Two vectors of blocks, round by round side by side: one alone waits for its products.
[[gnu::always_inline]] inline TwoWords philox(Q blocks_a, Q blocks_b, const Setup& setup) {
  Words a = {{blocks_a, shr<32>(blocks_a), setup.name_low, setup.name_high}};
  Words b = {{blocks_b, shr<32>(blocks_b), setup.name_low, setup.name_high}};
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Q a0 = mul_low(a.word[0], u64(0xD2511F53));
    const Q b0 = mul_low(b.word[0], u64(0xD2511F53));
    const Q a1 = mul_low(a.word[2], u64(0xCD9E8D57));
    const Q b1 = mul_low(b.word[2], u64(0xCD9E8D57));
    a.word[0] = bit_xor(shr<32>(a1), bit_xor(a.word[1], setup.key0[round]));
    b.word[0] = bit_xor(shr<32>(b1), bit_xor(b.word[1], setup.key0[round]));
    a.word[1] = a1;
    b.word[1] = b1;
    a.word[2] = bit_xor(shr<32>(a0), bit_xor(a.word[3], setup.key1[round]));
    b.word[2] = bit_xor(shr<32>(b0), bit_xor(b.word[3], setup.key1[round]));
    a.word[3] = a0;
    b.word[3] = b0;
  }
  return {a, b};
}

// The words of neighbouring elements, the first of even index: words 0 and 1 or 2 and 3 of a block.
struct PairWords {
  U first[2], second[2];
};

// All words of f32_blocks blocks. Each 64 bits of a vector hold words 0 and 2 (or 1 and 3) of one block; one lane has room for one word
// only.
template <bool interleaved>
[[gnu::always_inline]] inline PairWords words_of(std::uint64_t first_block, const Setup& setup) {
  if constexpr (f32_blocks == 1) {
    const Words w = philox(ids(first_block), setup);
    return {{low(w.word[0]), low(w.word[2])}, {low(w.word[1]), low(w.word[3])}};
  } else {
    constexpr std::uint64_t half = f32_blocks / 2;
    const Q blocks_a = interleaved ? ids_interleaved(first_block) : ids(first_block);
    const Q blocks_b = interleaved ? ids_interleaved(first_block + half) : ids(first_block + half);
    const auto pairs_of = [](const auto& w) -> PairWords {
      return {{join(w.a.word[0], w.a.word[2]), join(w.b.word[0], w.b.word[2])},
              {join(w.a.word[1], w.a.word[3]), join(w.b.word[1], w.b.word[3])}};
    };
    return pairs_of(philox(blocks_a, blocks_b, setup));
  }
}

[[gnu::always_inline]] inline Q element_word(Q low, Q high) { return bit_or(bit_and(low, u64(0xffffffff)), shl<32>(high)); }

template <Law law>
[[gnu::always_inline]] inline F one(U word, const KernelArguments& a) {
  if constexpr (law == Law::uniform) return uniform(word, a);
  if constexpr (law == Law::truncated_centre) return truncated<false>(word, a);
  if constexpr (law == Law::truncated) return truncated<true>(word, a);
  if constexpr (law == Law::truncated_far) return truncated_far(word, a);
  if constexpr (law == Law::log_uniform) return log_uniform(word, a);
}
template <Law law>
[[gnu::always_inline]] inline D one(Q word, const KernelArguments& a) {
  if constexpr (law == Law::uniform) return uniform(word, a);
  if constexpr (law == Law::truncated_centre) return truncated<false>(word, a);
  if constexpr (law == Law::truncated) return truncated<true>(word, a);
  if constexpr (law == Law::truncated_far) return truncated_far(word, a);
  if constexpr (law == Law::log_uniform) return log_uniform(word, a);
}

// Code of a short float in the low bits: round to nearest even; x is finite and within the range of the format.
template <int exponent_bits, int mantissa_bits>
[[gnu::always_inline]] inline U short_code(F x) {
  constexpr int drop = 23 - mantissa_bits;
  constexpr std::uint32_t offset = (127U - ((1U << (exponent_bits - 1)) - 1U)) << 23;
  const U bits = as_u(x);
  const U magnitude = bit_and(bits, u32(0x7fffffff));
  const U sign = shl<exponent_bits + mantissa_bits>(shr<31>(bits));
  const U even = bit_and(shr<drop>(magnitude), u32(1));
  const U normal = shr<drop>(add(sub(magnitude, u32(offset)), add(even, u32((1U << (drop - 1)) - 1U))));
  if constexpr (exponent_bits == 8) {
    return bit_or(normal, sign);
  } else {
    // Below the smallest normal, adding 2^k aligns the last bit of the sum with that of the format: the addition rounds.
    constexpr std::uint32_t align = offset + (static_cast<std::uint32_t>(drop + 1) << 23);
    const U subnormal = sub(as_u(add(as_f(magnitude), as_f(u32(align)))), u32(align));
    return bit_or(select(less(magnitude, u32(offset + (1U << 23))), subnormal, normal), sign);
  }
}

// bfloat16 is the upper half of a float: the same rounding, without taking the number apart. The code is in the high bits.
[[gnu::always_inline]] inline U bfloat_code(F x) {
  const U bits = as_u(x);
  const U even = bit_and(shr<16>(bits), u32(1));
  return add(bits, add(even, u32(0x7fff)));
}

// Values of two neighbouring elements, the first of even index, in each lane.
template <std::size_t dtype>
[[gnu::always_inline]] inline U codes(Pair32 x) {
  if constexpr (dtype == 2) return bit_or(short_code<5, 10>(x.first), shl<16>(short_code<5, 10>(x.second)));
  if constexpr (dtype == 3) return bit_or(shr<16>(bfloat_code(x.first)), bit_and(bfloat_code(x.second), u32(0xffff0000)));
  if constexpr (dtype == 4) return bit_or(short_code<4, 3>(x.first), shl<8>(short_code<4, 3>(x.second)));
  if constexpr (dtype == 5) return bit_or(short_code<5, 2>(x.first), shl<8>(short_code<5, 2>(x.second)));
}

constexpr std::uint64_t block_bytes[dtype_count] = {16, 16, 8, 8, 4, 4};

template <Law law>
[[gnu::always_inline]] inline Pair32 pair(U first, U second, const KernelArguments& a) {
  Pair32 x;
  if constexpr (law == Law::normal) {
    x = box_muller(first, second);
    x = {mul_add(x.first, f32(a.f32.scale), f32(a.f32.offset)), mul_add(x.second, f32(a.f32.scale), f32(a.f32.offset))};
  } else {
    x = {one<law>(first, a), one<law>(second, a)};
  }
  const F lowest = f32(a.f32.lowest);
  const F highest = f32(a.f32.highest);
  return {clamp(x.first, lowest, highest), clamp(x.second, lowest, highest)};
}

// A batch is the words of some blocks and then their values, so that the words of the next one can be made beside the values of this one.
template <Law law, std::size_t dtype>
struct Batch {
  static constexpr std::uint64_t blocks = f32_blocks;
  using Words = PairWords;

  [[gnu::always_inline]] static Words words(std::uint64_t block, const Setup& setup) { return words_of<dtype == 1>(block, setup); }

  [[gnu::always_inline]] static void store(const Words& words, const KernelArguments& a, char* out) {
    const Pair32 x = pair<law>(words.first[0], words.second[0], a);
    const Pair32 y = pair<law>(words.first[1], words.second[1], a);
    char* middle = out + blocks * block_bytes[dtype] / 2;
    if constexpr (dtype == 1) {
      store_floats(x.first, x.second, out);
      store_floats(y.first, y.second, middle);
    } else if constexpr (block_bytes[dtype] == 8) {
      store_halves(codes<dtype>(x), out);
      store_halves(codes<dtype>(y), middle);
    } else {
      store_bytes(codes<dtype>(x), codes<dtype>(y), out);
    }
  }
};

template <Law law>
struct Batch<law, 0> {
  static constexpr std::uint64_t blocks = f64_blocks;
  struct Words {
    Q first, second;
  };

  [[gnu::always_inline]] static Words words(std::uint64_t block, const Setup& setup) {
    const auto w = philox(ids(block), setup);
    return {element_word(w.word[0], w.word[1]), element_word(w.word[2], w.word[3])};
  }

  [[gnu::always_inline]] static void store(const Words& words, const KernelArguments& a, char* out) {
    const D lowest = f64(a.f64.lowest);
    const D highest = f64(a.f64.highest);
    Pair64 x;
    if constexpr (law == Law::normal) {
      x = box_muller(words.first, words.second);
      x = {mul_add(x.first, f64(a.f64.scale), f64(a.f64.offset)), mul_add(x.second, f64(a.f64.scale), f64(a.f64.offset))};
    } else {
      x = {one<law>(words.first, a), one<law>(words.second, a)};
    }
    store2(clamp(x.first, lowest, highest), clamp(x.second, lowest, highest), out);
  }
};

template <Law law, std::size_t dtype>
void run(const KernelArguments& arguments, std::uint64_t first_block, std::uint64_t blocks, void* out) noexcept {
  using B = Batch<law, dtype>;
  const Setup setup = setup_of(arguments);
  char* to = static_cast<char*>(out);
  auto words = B::words(first_block, setup);
  std::uint64_t done = 0;
  for (; done + B::blocks < blocks; done += B::blocks) {
    const auto next = B::words(first_block + done + B::blocks, setup);
    B::store(words, arguments, to + done * block_bytes[dtype]);
    words = next;
  }
  if (done + B::blocks == blocks) return B::store(words, arguments, to + done * block_bytes[dtype]);
  char rest[B::blocks * block_bytes[dtype]];
  B::store(words, arguments, rest);
  __builtin_memcpy(to + done * block_bytes[dtype], rest, (blocks - done) * block_bytes[dtype]);
}

template <Law law>
void map_words(const KernelArguments& arguments, std::uint32_t, const std::uint32_t* words, std::uint64_t count, float* out) noexcept {
  for (std::uint64_t at = 0; at < count; at += f32_blocks) store(one<law>(load(words + at), arguments), out + at);
}

void map_radius(const KernelArguments&, std::uint32_t partner, const std::uint32_t* words, std::uint64_t count, float* out) noexcept {
  for (std::uint64_t at = 0; at < count; at += f32_blocks) store(box_muller(load(words + at), u32(partner)).first, out + at);
}

void map_angle(const KernelArguments&, std::uint32_t partner, const std::uint32_t* words, std::uint64_t count, float* out) noexcept {
  for (std::uint64_t at = 0; at < count; at += f32_blocks) {
    const Pair32 z = box_muller(u32(partner), load(words + at));
    store(z.first, out + at);
    store(z.second, out + count + at);
  }
}

// In the order of Law and DType.
#define EVENKEEL_ROW(law) \
  { run<law, 0>, run<law, 1>, run<law, 2>, run<law, 3>, run<law, 4>, run<law, 5> }
constexpr KernelSet all_kernels = {{EVENKEEL_ROW(Law::uniform), EVENKEEL_ROW(Law::normal), EVENKEEL_ROW(Law::truncated_centre),
                                    EVENKEEL_ROW(Law::truncated), EVENKEEL_ROW(Law::truncated_far), EVENKEEL_ROW(Law::log_uniform)},
                                   {map_radius, map_angle, map_words<Law::truncated>, map_words<Law::log_uniform>}};
#undef EVENKEEL_ROW

}  // namespace
}  // namespace evenkeel
