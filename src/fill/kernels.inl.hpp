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

struct Words32 {
  U word[4];
};

// The words of f32_blocks blocks, in their order, one vector per lane of the block.
[[gnu::always_inline]] inline Words32 words_of(std::uint64_t first_block, const Setup& setup) {
  const Words even = philox(ids_even(first_block), setup);
  if constexpr (f32_blocks == 1) {
    return {{join(even.word[0], even.word[0]), join(even.word[1], even.word[1]), join(even.word[2], even.word[2]),
             join(even.word[3], even.word[3])}};
  } else {
    const Words odd = philox(ids_odd(first_block), setup);
    return {{join(even.word[0], odd.word[0]), join(even.word[1], odd.word[1]), join(even.word[2], odd.word[2]),
             join(even.word[3], odd.word[3])}};
  }
}

[[gnu::always_inline]] inline Q element_word(Q low, Q high) { return bit_or(bit_and(low, u64(0xffffffff)), shl<32>(high)); }

template <Law law>
[[gnu::always_inline]] inline F one(U word, const KernelArguments& a) {
  if constexpr (law == Law::uniform) return uniform(word, a);
  if constexpr (law == Law::truncated_centre) return truncated<false>(word, a);
  if constexpr (law == Law::truncated) return truncated<true>(word, a);
  if constexpr (law == Law::truncated_far) return truncated_far(word, a);
}
template <Law law>
[[gnu::always_inline]] inline D one(Q word, const KernelArguments& a) {
  if constexpr (law == Law::uniform) return uniform(word, a);
  if constexpr (law == Law::truncated_centre) return truncated<false>(word, a);
  if constexpr (law == Law::truncated) return truncated<true>(word, a);
  if constexpr (law == Law::truncated_far) return truncated_far(word, a);
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

template <std::size_t dtype>
[[gnu::always_inline]] inline void store(F a, F b, F c, F d, char* out) {
  if constexpr (dtype == 1) store4(a, b, c, d, out);
  if constexpr (dtype == 2) {
    store2(bit_or(short_code<5, 10>(a), shl<16>(short_code<5, 10>(b))), bit_or(short_code<5, 10>(c), shl<16>(short_code<5, 10>(d))), out);
  }
  if constexpr (dtype == 3) {
    store2(bit_or(short_code<8, 7>(a), shl<16>(short_code<8, 7>(b))), bit_or(short_code<8, 7>(c), shl<16>(short_code<8, 7>(d))), out);
  }
  if constexpr (dtype == 4) {
    store1(bit_or(bit_or(short_code<4, 3>(a), shl<8>(short_code<4, 3>(b))),
                  bit_or(shl<16>(short_code<4, 3>(c)), shl<24>(short_code<4, 3>(d)))),
           out);
  }
  if constexpr (dtype == 5) {
    store1(bit_or(bit_or(short_code<5, 2>(a), shl<8>(short_code<5, 2>(b))),
                  bit_or(shl<16>(short_code<5, 2>(c)), shl<24>(short_code<5, 2>(d)))),
           out);
  }
}

template <Law law, std::size_t dtype>
[[gnu::always_inline]] inline void batch(const KernelArguments& a, const Setup& setup, std::uint64_t block, char* out) {
  if constexpr (dtype == 0) {
    const D lowest = f64(a.f64.lowest);
    const D highest = f64(a.f64.highest);
    const Words words = philox(ids(block), setup);
    const Q first = element_word(words.word[0], words.word[1]);
    const Q second = element_word(words.word[2], words.word[3]);
    if constexpr (law == Law::normal) {
      const Pair64 z = box_muller(first, second);
      const D scale = f64(a.f64.scale);
      const D offset = f64(a.f64.offset);
      store2(clamp(mul_add(z.first, scale, offset), lowest, highest), clamp(mul_add(z.second, scale, offset), lowest, highest), out);
    } else {
      store2(clamp(one<law>(first, a), lowest, highest), clamp(one<law>(second, a), lowest, highest), out);
    }
  } else {
    const F lowest = f32(a.f32.lowest);
    const F highest = f32(a.f32.highest);
    const Words32 words = words_of(block, setup);
    F x[4];
    if constexpr (law == Law::normal) {
      const F scale = f32(a.f32.scale);
      const F offset = f32(a.f32.offset);
      for (int i = 0; i < 4; i += 2) {
        const Pair32 z = box_muller(words.word[i], words.word[i + 1]);
        x[i] = mul_add(z.first, scale, offset);
        x[i + 1] = mul_add(z.second, scale, offset);
      }
    } else {
      for (int i = 0; i < 4; ++i) x[i] = one<law>(words.word[i], a);
    }
    store<dtype>(clamp(x[0], lowest, highest), clamp(x[1], lowest, highest), clamp(x[2], lowest, highest), clamp(x[3], lowest, highest),
                 out);
  }
}

constexpr std::uint64_t block_bytes[dtype_count] = {16, 16, 8, 8, 4, 4};

template <Law law, std::size_t dtype>
void run(const KernelArguments& arguments, std::uint64_t first_block, std::uint64_t blocks, void* out) noexcept {
  constexpr std::uint64_t step = dtype == 0 ? f64_blocks : f32_blocks;
  const Setup setup = setup_of(arguments);
  char* to = static_cast<char*>(out);
  std::uint64_t done = 0;
  for (; done + step <= blocks; done += step) batch<law, dtype>(arguments, setup, first_block + done, to + done * block_bytes[dtype]);
  if (done < blocks) {
    char rest[step * block_bytes[dtype]];
    batch<law, dtype>(arguments, setup, first_block + done, rest);
    __builtin_memcpy(to + done * block_bytes[dtype], rest, (blocks - done) * block_bytes[dtype]);
  }
}

// In the order of Law and DType.
#define EVENKEEL_ROW(law) \
  { run<law, 0>, run<law, 1>, run<law, 2>, run<law, 3>, run<law, 4>, run<law, 5> }
constexpr KernelSet all_kernels = {{EVENKEEL_ROW(Law::uniform), EVENKEEL_ROW(Law::normal), EVENKEEL_ROW(Law::truncated_centre),
                                    EVENKEEL_ROW(Law::truncated), EVENKEEL_ROW(Law::truncated_far)}};
#undef EVENKEEL_ROW

}  // namespace
}  // namespace evenkeel
