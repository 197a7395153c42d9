// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "terminal.hpp"

namespace evenkeel::app {
namespace {

using std::chrono::milliseconds;

// What is over sooner needs no bar.
constexpr milliseconds before_first{500}, between{100};
constexpr int widest_bar = 40, narrowest_bar = 4;
constexpr const char* erase_line = "\r\x1b[K";

std::string time_words(double seconds) {
  const std::int64_t whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

std::string bytes_words(double bytes) {
  for (const char* unit : {"bytes", "KB", "MB", "GB"}) {
    if (bytes < 1000) return fmt::format("{:.3g} {}", bytes, unit);
    bytes /= 1000;
  }
  return fmt::format("{:.3g} TB", bytes);
}

std::string progress_line(std::int64_t done, std::int64_t total, double seconds, int width) {
  const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const std::string left = done >= total ? "waiting for the disk"
                           : rate > 0    ? time_words(static_cast<double>(total - done) / rate) + " left"
                                         : "";
  const std::string start = fmt::format("{:3.0f} %", 100 * part);
  const std::string end = fmt::format("{} of {}, {}/s, {}", bytes_words(static_cast<double>(done)), bytes_words(static_cast<double>(total)),
                                      bytes_words(rate), left);
  const int room = width - static_cast<int>(start.size() + end.size()) - 5;
  if (room < narrowest_bar) return (start + " " + end).substr(0, static_cast<std::size_t>(std::max(0, width - 1)));
  const int bar = std::min(room, widest_bar);
  const int full = std::clamp(static_cast<int>(part * bar), 0, bar);
  return fmt::format("{} [{:#<{}}{:.<{}}] {}", start, "", full, "", bar - full, end);
}

Progress::Progress(bool quiet) : wanted_(!quiet && error_is_terminal()), next_(start_ + before_first) {}

Progress::~Progress() {
  if (!drawn_) return;
  std::fputs(erase_line, stderr);
  std::fflush(stderr);
}

void Progress::show(std::int64_t done, std::int64_t total) {
  if (!wanted_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + between;
  drawn_ = true;
  const std::chrono::duration<double> seconds = now - start_;
  std::fputs((erase_line + progress_line(done, total, seconds.count(), error_width())).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace evenkeel::app
