// SPDX-License-Identifier: Apache-2.0
// Threads live for one call: a call that is worth splitting lasts far longer than starting them, and nothing outlives it.
#include "evenkeel/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

namespace evenkeel {
namespace {

constexpr int max_threads = 1024;
// Pieces per thread: enough that a thread which is held up does not hold up the call.
constexpr std::int64_t pieces_per_thread = 4;

int usable_processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int threads_from_environment() {
  const char* text = std::getenv("EVENKEEL_THREADS");
  if (text == nullptr) return std::min(usable_processors(), max_threads);
  const std::string_view view(text);
  int threads = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), threads);
  if (error != std::errc{} || end != view.data() + view.size() || threads < 1 || threads > max_threads) {
    fail(ErrorCode::invalid_argument, "EVENKEEL_THREADS: expected a number from 1 to " + std::to_string(max_threads) + ", got '" +
                                          std::string(view) + "'; unset it to use every processor");
  }
  return threads;
}

using Body = std::function<void(std::int64_t, std::int64_t)>;

// What the threads of one call share.
class Job {
 public:
  Job(std::int64_t count, std::int64_t piece, const Body& body) : count_(count), piece_(piece), body_(body) {}

  // Takes pieces until none is left. An exception ends this thread's part only; the other pieces still run.
  void work() noexcept {
    const DefaultFloatingPoint environment;
    for (;;) {
      const std::int64_t begin = next_.fetch_add(1, std::memory_order_relaxed) * piece_;
      if (begin >= count_) return;
      try {
        body_(begin, std::min(count_ - begin, piece_) + begin);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (begin < failed_at_) {
          failed_at_ = begin;
          exception_ = std::current_exception();
        }
      }
    }
  }

  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::int64_t count_;
  std::int64_t piece_;
  const Body& body_;
  std::atomic<std::int64_t> next_{0};
  std::mutex mutex_;
  std::int64_t failed_at_ = INT64_MAX;
  std::exception_ptr exception_;
};

}  // namespace

int default_threads() {
  static const int threads = threads_from_environment();
  return threads;
}

void parallel_for(std::int64_t count, std::int64_t grain, int threads, const Body& body) {
  if (count < 0 || grain < 1 || threads < 0) {
    fail(ErrorCode::invalid_argument, "parallel_for: expected count >= 0, grain >= 1 and threads >= 0, got " + std::to_string(count) +
                                          ", " + std::to_string(grain) + " and " + std::to_string(threads));
  }
  if (count == 0) return;
  const std::int64_t grains = (count - 1) / grain + 1;
  const std::int64_t wanted = threads == 0 ? default_threads() : std::min(threads, max_threads);
  const std::int64_t workers = std::min(wanted, grains);
  if (workers == 1) {
    const DefaultFloatingPoint environment;
    body(0, count);
    return;
  }
  const std::int64_t grains_per_piece = std::max<std::int64_t>(1, grains / (workers * pieces_per_thread));
  Job job(count, grains_per_piece * grain, body);
  std::vector<std::thread> others;
  others.reserve(static_cast<std::size_t>(workers - 1));
  for (std::int64_t i = 1; i < workers; ++i) {
    try {
      others.emplace_back([&job] { job.work(); });
    } catch (const std::system_error&) {
      break;  // The system gives no more threads: those that run, this one among them, take all pieces.
    }
  }
  job.work();
  for (std::thread& other : others) other.join();
  job.rethrow();
}

}  // namespace evenkeel
