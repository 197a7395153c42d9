// SPDX-License-Identifier: Apache-2.0
// A line on the terminal that says how far a long writing is, how fast it goes and how long it will take; gone when it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace evenkeel::app {

/// "1.5 GB"; three digits.
[[nodiscard]] std::string bytes_words(double bytes);

class Progress {
 public:
  /// Draws only where standard error is a terminal that can erase (TERM is not "dumb"), and not when `quiet`.
  explicit Progress(bool quiet);
  /// Erases the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::int64_t done, std::int64_t total);

 private:
  using Clock = std::chrono::steady_clock;

  bool wanted_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
};

/// The line itself, at most `width` columns.
[[nodiscard]] std::string progress_line(std::int64_t done, std::int64_t total, double seconds, int width);

}  // namespace evenkeel::app
