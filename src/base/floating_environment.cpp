// SPDX-License-Identifier: Apache-2.0
// MXCSR on x86-64 (nothing here computes with x87), FPCR on 64-bit Arm, elsewhere the rounding mode of <cfenv>.
#include "base/floating_environment.hpp"

#include <cfenv>
#include <cfloat>
#include <limits>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || __FINITE_MATH_ONLY__
#error "evenkeel defines its values by IEEE 754: build the library without -Ofast and -ffast-math (programs that use it may have them)"
#endif

namespace evenkeel {

// Wider intermediate results (x87) or another format would give other numbers: better no library than that.
static_assert(FLT_EVAL_METHOD == 0, "float and double have to be computed in their own precision; on 32-bit x86 compile with -mfpmath=sse");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559, "values are defined by IEEE 754");
static_assert(sizeof(float) == 4 && sizeof(double) == 8, "float and double have to be binary32 and binary64");

namespace {

#if defined(__SSE2__)

constexpr std::uint32_t control = 0xffc0;          // flush to zero, rounding, exception masks, denormals are zero; below are sticky flags
constexpr std::uint32_t default_control = 0x1f80;  // all exceptions masked, nearest, subnormals kept

std::uint64_t read_settings() noexcept { return __builtin_ia32_stmxcsr(); }
void write_settings(std::uint64_t settings) noexcept { __builtin_ia32_ldmxcsr(static_cast<std::uint32_t>(settings)); }
bool are_default(std::uint64_t settings) noexcept { return (settings & control) == default_control; }
void write_default() noexcept { write_settings(default_control); }

#elif defined(__aarch64__)

std::uint64_t read_settings() noexcept {
  std::uint64_t settings = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(settings));
  return settings;
}
void write_settings(std::uint64_t settings) noexcept { __asm__ volatile("msr fpcr, %0" : : "r"(settings) : "memory"); }
bool are_default(std::uint64_t settings) noexcept { return settings == 0; }
void write_default() noexcept { write_settings(0); }

#else

std::uint64_t read_settings() noexcept { return static_cast<std::uint64_t>(std::fegetround()); }
void write_settings(std::uint64_t settings) noexcept { std::fesetround(static_cast<int>(settings)); }
bool are_default(std::uint64_t settings) noexcept { return static_cast<int>(settings) == FE_TONEAREST; }
void write_default() noexcept { std::fesetround(FE_TONEAREST); }

#endif

}  // namespace

DefaultFloatingPoint::DefaultFloatingPoint() noexcept : callers_(read_settings()), changed_(!are_default(callers_)) {
  if (changed_) write_default();
}

DefaultFloatingPoint::~DefaultFloatingPoint() {
  if (changed_) write_settings(callers_);
}

}  // namespace evenkeel
