// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a file is written: what is half written is removed before the process ends.
#pragma once

namespace evenkeel::app {

/// Thrown by check(), and by nothing else, so that no handler of errors takes it for one.
struct Interrupted {
  int signal;
};

/// While one lives, SIGINT, SIGTERM and SIGHUP are only noted, the first time; a second one ends the process at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static void check();
};

/// Ends this process as the signal would have.
[[noreturn]] void end_by(const Interrupted& interrupted);

}  // namespace evenkeel::app
