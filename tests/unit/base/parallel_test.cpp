// SPDX-License-Identifier: Apache-2.0
// Every element once, whatever the numbers; exceptions come back after all pieces; small work stays on the calling thread.
#include "evenkeel/base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

TEST(parallel_for, covers_every_element_once_in_multiples_of_the_grain) {
  for (const std::int64_t count : {1, 2, 15, 16, 17, 1000, 4097}) {
    for (const std::int64_t grain : {1, 3, 16, 5000}) {
      for (const int threads : {0, 1, 2, 7, 64}) {
        std::vector<int> seen(static_cast<std::size_t>(count), 0);
        std::atomic<int> uneven = 0;
        parallel_for(count, grain, threads, [&](std::int64_t begin, std::int64_t end) {
          if (begin % grain != 0 || (end % grain != 0 && end != count)) ++uneven;
          for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
        });
        EXPECT_EQ(uneven, 0);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), count) << count << ' ' << grain << ' ' << threads;
      }
    }
  }
}

TEST(parallel_for, small_work_stays_on_this_thread) {
  const std::thread::id here = std::this_thread::get_id();
  parallel_for(64, 64, 8, [&](std::int64_t, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), here); });
}

TEST(parallel_for, nothing_to_do) {
  parallel_for(0, 8, 4, [](std::int64_t, std::int64_t) { FAIL() << "called for no element"; });
}

TEST(parallel_for, the_first_exception_comes_back_after_all_pieces) {
  for (const int threads : {2, 7}) {
    std::atomic<std::int64_t> done = 0;
    try {
      parallel_for(1000, 10, threads, [&](std::int64_t begin, std::int64_t end) {
        done += end - begin;
        if (begin <= 500 && 500 < end) throw std::runtime_error("later");
        if (begin == 0) throw std::runtime_error("first");
      });
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) { EXPECT_STREQ(error.what(), "first"); }
    EXPECT_EQ(done, 1000);
  }
}

TEST(parallel_for, refuses_wrong_numbers) {
  const auto nothing = [](std::int64_t, std::int64_t) {};
  EXPECT_THROW(parallel_for(-1, 1, 1, nothing), Error);
  EXPECT_THROW(parallel_for(1, 0, 1, nothing), Error);
  EXPECT_THROW(parallel_for(1, 1, -1, nothing), Error);
}

// default_threads() reads the variable once per process: each value gets a process of its own.
void exit_with_threads(const char* text) {
  setenv("EVENKEEL_THREADS", text, 1);
  try {
    std::_Exit(default_threads());
  } catch (const Error& error) { std::_Exit(error.code() == ErrorCode::invalid_argument ? 100 : 101); }
}

TEST(default_threads, reads_the_environment) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(exit_with_threads("7"), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(exit_with_threads("0"), testing::ExitedWithCode(100), "");
  EXPECT_EXIT(exit_with_threads("-2"), testing::ExitedWithCode(100), "");
  EXPECT_EXIT(exit_with_threads("two"), testing::ExitedWithCode(100), "");
  EXPECT_EXIT(exit_with_threads("4x"), testing::ExitedWithCode(100), "");
  EXPECT_EXIT(exit_with_threads(""), testing::ExitedWithCode(100), "");
  EXPECT_EXIT(exit_with_threads("99999999999"), testing::ExitedWithCode(100), "");
  EXPECT_GE(default_threads(), 1);
}

}  // namespace
}  // namespace evenkeel
