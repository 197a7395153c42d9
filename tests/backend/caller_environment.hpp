// SPDX-License-Identifier: Apache-2.0
// Floating-point environments that a caller may have set, and what a function returns in each of them.
#pragma once

#include <gtest/gtest.h>

#include <cfenv>
#include <cstdint>
#include <vector>

namespace evenkeel::test {

struct CallerMode {
  const char* name;
  std::uint64_t settings;  // of the control register; where it is not known, a rounding mode of <cfenv>
};

#if defined(__SSE2__)
inline std::uint64_t read_environment() { return __builtin_ia32_stmxcsr() & 0xffc0U; }
inline void write_environment(std::uint64_t settings) { __builtin_ia32_ldmxcsr(static_cast<std::uint32_t>(settings)); }
inline constexpr CallerMode caller_modes[] = {{"flush to zero, denormals are zero", 0x9fc0},
                                              {"flush to zero", 0x9f80},
                                              {"downward", 0x3f80},
                                              {"upward", 0x5f80},
                                              {"toward zero", 0x7f80},
                                              {"all exceptions trap", 0x0000},
                                              {"toward zero, flushing and trapping", 0xe040}};
#elif defined(__aarch64__)
inline std::uint64_t read_environment() {
  std::uint64_t settings = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(settings));
  return settings;
}
inline void write_environment(std::uint64_t settings) { __asm__ volatile("msr fpcr, %0" : : "r"(settings) : "memory"); }
inline constexpr CallerMode caller_modes[] = {
    {"flush to zero", 1U << 24U}, {"downward", 2U << 22U}, {"upward", 1U << 22U}, {"toward zero", 3U << 22U}};
#else
inline std::uint64_t read_environment() { return static_cast<std::uint64_t>(std::fegetround()); }
inline void write_environment(std::uint64_t settings) { std::fesetround(static_cast<int>(settings)); }
inline constexpr CallerMode caller_modes[] = {{"downward", FE_DOWNWARD}, {"upward", FE_UPWARD}, {"toward zero", FE_TOWARDZERO}};
#endif

#if defined(__SSE2__)
inline bool traps(const CallerMode& mode) { return (mode.settings & 0x1f80U) != 0x1f80U; }
#else
inline bool traps(const CallerMode&) { return false; }
#endif

/// Sets a mode and, at the end, what was set before.
class CallerEnvironment {
 public:
  explicit CallerEnvironment(const CallerMode& mode) : before_(read_environment()), mode_(mode) { write_environment(mode.settings); }
  ~CallerEnvironment() { write_environment(before_); }
  CallerEnvironment(const CallerEnvironment&) = delete;
  CallerEnvironment& operator=(const CallerEnvironment&) = delete;

  [[nodiscard]] bool is_still_set() const { return read_environment() == mode_.settings; }

 private:
  std::uint64_t before_;
  CallerMode mode_;
};

/// Runs `make` in the environment of this thread and in every mode, and expects one result (comparable, so bytes rather than numbers) and
/// each caller's mode untouched.
template <class Make>
void expect_same_in_every_environment(Make&& make) {
  const auto expected = make();
  for (const CallerMode& mode : caller_modes) {
    auto got = expected;
    bool kept = false;
    {
      const CallerEnvironment environment(mode);
      got = make();
      kept = environment.is_still_set();
    }
    EXPECT_TRUE(got == expected) << "caller's mode: " << mode.name;
    EXPECT_TRUE(kept) << mode.name << " was not given back";
  }
}

template <class T>
std::vector<std::uint8_t> bytes_of(const std::vector<T>& values) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
  return {first, first + values.size() * sizeof(T)};
}

}  // namespace evenkeel::test
