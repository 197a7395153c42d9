// SPDX-License-Identifier: Apache-2.0
// What a backend is: a name, a test whether it runs here, and one function per law and element type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace evenkeel {

/// Numbers of one law, rounded once to the type the law is computed in. docs/stream-v1.md has the same names.
template <class Real>
struct LawNumbers {
  Real lowest, highest;                 // every value is clamped into [lowest, highest], both values of the element type
  Real scale, offset;                   // value = fma(x, scale, offset)
  Real grid_step, grid_start;           // uniform: x = fma(k, grid_step, grid_start)
  Real step;                            // truncated: probability of one word
  Real start_lower, start_upper;        // |Phi - 1/2| where a side begins
  Real fraction_lower, fraction_upper;  // part of a word between the middle of the law and the first word of a side
  Real tail_lower, tail_upper;          // probability beyond the bound; for the far law the ratio of both
  Real far_bound, far_mills;            // the nearer bound in units of std, and Q/phi there
  Real log_step, log_step_rest;         // log-uniform: octaves per 2^16 words (f64: 2^32), the first part on the grid of 2^-23 (2^-52)
  Real log_fine;                        // octaves per word
  Real log_start, log_start_rest;       // the broken part of log2 low, in the same two parts
};

struct KernelArguments {
  std::uint32_t key[2];
  std::uint64_t name;
  // truncated: a word is on the lower side where (word & word_mask) < lower_limit; far law: the word is xored with word_mask.
  std::uint64_t word_mask, lower_limit;
  std::uint64_t first_upper;  // the first word of the upper side (modulo the size of a word)
  // log-uniform: what makes the whole octaves, as the kernel has them, the sum of two exponent fields (modulo the size of a word).
  std::uint64_t exponent_offset;
  LawNumbers<float> f32;
  LawNumbers<double> f64;
};

/// truncated_centre is `truncated` where no element can need the tail: the same values, sooner.
enum class Law : std::uint8_t { uniform, normal, truncated_centre, truncated, truncated_far, log_uniform };
inline constexpr std::size_t law_count = 6;
/// Newton steps of the far law.
inline constexpr int far_steps_f32 = 3;
inline constexpr int far_steps_f64 = 5;
inline constexpr std::size_t dtype_count = 6;  // f64 ... f8e5m2, the first six of DType

/// Writes all elements of `blocks` Philox blocks, the first of number `first_block`, to `out` (aligned to its element).
/// A block holds 4 elements, of f64 2.
using Kernel = void (*)(const KernelArguments& arguments, std::uint64_t first_block, std::uint64_t blocks, void* out) noexcept;

/// For tests: f32 values of given words (`count` of them, a multiple of 64), before they are clamped, from the code the kernels inline.
/// `partner` is the other word of a normal.
using WordKernel = void (*)(const KernelArguments& arguments, std::uint32_t partner, const std::uint32_t* words, std::uint64_t count,
                            float* out) noexcept;
struct WordKernels {
  WordKernel radius;  // the even element of (word, partner)
  WordKernel angle;   // the even elements of (partner, word), then as many odd ones
  WordKernel truncated, log_uniform;
};

struct KernelSet {
  Kernel of[law_count][dtype_count];
  WordKernels words;
};

struct KernelTable {
  const char* name;
  const char* description;
  bool (*supported)() noexcept;
  KernelSet kernels;  // null throughout where the build has no such unit
};

extern const KernelTable portable_table;
extern const KernelTable avx2_table;
extern const KernelTable avx512_table;
extern const KernelTable neon_table;

/// In order of preference, portable last.
[[nodiscard]] std::span<const KernelTable* const> kernel_tables() noexcept;
/// `name` empty: EVENKEEL_BACKEND, else the first that runs here.
[[nodiscard]] const KernelTable& choose_table(std::string_view name);

}  // namespace evenkeel
