// SPDX-License-Identifier: Apache-2.0
// Threads. Results never depend on how many there are: work is split by elements, and each element is computed from its index alone.
#pragma once

#include <cstdint>
#include <functional>

namespace evenkeel {

/// EVENKEEL_THREADS (read once; throws invalid_argument where it is no positive number), else the processors this process may use.
[[nodiscard]] int default_threads();

/// Calls body(begin, end) on pieces of [0, count), each a multiple of `grain` long but for the last. threads = 0: default_threads().
/// The first exception of a piece is rethrown here after all pieces have ended.
void parallel_for(std::int64_t count, std::int64_t grain, int threads, const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace evenkeel
