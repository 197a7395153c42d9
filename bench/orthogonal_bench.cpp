// SPDX-License-Identifier: Apache-2.0
// Seconds for a Haar matrix, its normals included, per size and thread count; the largest entry of |Q'Q - I| is checked once outside the
// loop.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "evenkeel/fill/fill.hpp"
#include "evenkeel/linalg/orthogonal.hpp"

namespace evenkeel {
namespace {

void make(std::vector<float>& q, std::vector<float>& normals, std::int64_t n, int threads) {
  const TensorView view{.data = normals.data(), .dtype = DType::f32, .shape = {static_cast<std::int64_t>(normals.size())}, .strides = {}};
  fill(view, Normal{}, make_stream(1, "bench"), {.threads = threads});
  make_haar(std::span<float>(q), n, n, std::span<const float>(normals), threads);
}

// Rows 0, 1, n/2, n-1 against all rows: every product of a whole matrix would take longer than what is measured.
double error_of(const std::vector<float>& q, std::int64_t n) {
  double worst = 0;
  for (const std::int64_t row : {std::int64_t{0}, std::int64_t{1}, n / 2, n - 1}) {
    for (std::int64_t other = 0; other < n; ++other) {
      double sum = row == other ? -1 : 0;
      for (std::int64_t k = 0; k < n; ++k) {
        sum +=
            static_cast<double>(q[static_cast<std::size_t>(row * n + k)]) * static_cast<double>(q[static_cast<std::size_t>(other * n + k)]);
      }
      worst = std::max(worst, std::abs(sum));
    }
  }
  return worst;
}

void run(benchmark::State& state, std::int64_t n, int threads) {
  std::vector<float> q(static_cast<std::size_t>(n * n));
  std::vector<float> normals(static_cast<std::size_t>(haar_normal_count(n, n)));
  make(q, normals, n, threads);
  const double error = error_of(q, n);
  if (error > 1e-5) state.SkipWithError(("|Q'Q - I| reaches " + std::to_string(error)).c_str());
  for (auto _ : state) {
    make(q, normals, n, threads);
    benchmark::ClobberMemory();
  }
  state.counters["max|QQ'-I|"] = error;
}

}  // namespace
}  // namespace evenkeel

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  for (const std::int64_t n : {256, 512, 1024, 2048, 4096}) {
    for (const int threads : {1, 2}) {
      const std::string name = "orthogonal/" + std::to_string(n) + "/threads:" + std::to_string(threads);
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { evenkeel::run(state, n, threads); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
