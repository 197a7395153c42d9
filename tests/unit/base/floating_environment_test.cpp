// SPDX-License-Identifier: Apache-2.0
// The guard: the default environment inside, the caller's outside, also after an exception and on other threads.
#include "base/floating_environment.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "backend/caller_environment.hpp"
#include "evenkeel/base/parallel.hpp"

namespace evenkeel::test {
namespace {

// At run time: the compiler may not know that the sum is inexact, nor that the quotient is subnormal.
bool computes_as_usual() {
  volatile float one = 1, tiny = 0x1p-30F, least_normal = 0x1p-126F, two = 2;
  volatile float above = one + tiny, below = one - tiny, half = least_normal / two, again = half * two;
  return above == 1 && below == 1 && again == least_normal;
}

TEST(DefaultFloatingPoint, InsideTheGuardArithmeticIsTheUsual) {
  for (const CallerMode& mode : caller_modes) {
    bool inside = false;
    bool kept = false;
    {
      const CallerEnvironment environment(mode);
      {
        const DefaultFloatingPoint guard;
        inside = computes_as_usual();
      }
      kept = environment.is_still_set();
    }
    EXPECT_TRUE(inside) << mode.name;
    EXPECT_TRUE(kept) << mode.name;
  }
}

TEST(DefaultFloatingPoint, WithoutTheGuardEachModeIsSeen) {
  for (const CallerMode& mode : caller_modes) {
    if (traps(mode)) continue;  // such a mode would end the process here
    bool usual = true;
    {
      const CallerEnvironment environment(mode);
      usual = computes_as_usual();
    }
    EXPECT_FALSE(usual) << mode.name;
  }
}

TEST(DefaultFloatingPoint, GivesBackWhereAnExceptionPasses) {
  const CallerEnvironment environment(caller_modes[0]);
  try {
    const DefaultFloatingPoint guard;
    throw std::runtime_error("on the way");
  } catch (const std::runtime_error&) { EXPECT_TRUE(environment.is_still_set()); }
}

TEST(DefaultFloatingPoint, NestsAndKeepsTheDefault) {
  const std::uint64_t before = read_environment();
  {
    const DefaultFloatingPoint outer;
    const DefaultFloatingPoint inner;
    EXPECT_EQ(read_environment(), before);
  }
  EXPECT_EQ(read_environment(), before);
}

TEST(DefaultFloatingPoint, EveryPieceOfParallelForRunsUnderIt) {
  for (const CallerMode& mode : caller_modes) {
    for (const int threads : {1, 3}) {
      std::atomic<int> usual{0};
      {
        const CallerEnvironment environment(mode);
        parallel_for(12, 1, threads, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) usual += computes_as_usual() ? 1 : 0;
        });
      }
      EXPECT_EQ(usual, 12) << mode.name << ", " << threads << " threads";
    }
  }
}

}  // namespace
}  // namespace evenkeel::test
