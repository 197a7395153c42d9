// SPDX-License-Identifier: Apache-2.0
// The floating-point environment that values are computed in, whatever the caller has set: round to nearest, subnormal numbers kept, no
// traps.
#pragma once

#include <cstdint>

namespace evenkeel {

/// At the top of every function of the library that computes a value. A thread's control register is read, and written only where it
/// differs (a program linked with -ffast-math flushes subnormal numbers, LibTorch can; some programs trap or round otherwise): 2 ns in the
/// usual case. The destructor gives the caller its own settings back, also where an exception passes. Out of line, so that no arithmetic
/// of the caller moves across it.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() noexcept;
  ~DefaultFloatingPoint();
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::uint64_t callers_ = 0;
  bool changed_ = false;
};

}  // namespace evenkeel
