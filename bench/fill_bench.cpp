// SPDX-License-Identifier: Apache-2.0
// Elements per second of fill() on warm memory, per law, element type, backend and thread count; memset of the same run is the measure.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/fill/fill.hpp"

namespace evenkeel {
namespace {

constexpr std::int64_t count = std::int64_t{1} << 25;

void finish(benchmark::State& state, std::size_t size) {
  state.SetItemsProcessed(state.iterations() * count);
  state.SetBytesProcessed(state.iterations() * count * static_cast<std::int64_t>(size));
}

void run_memset(benchmark::State& state, int threads) {
  std::vector<char> memory(static_cast<std::size_t>(count) * 4, 1);
  for (auto _ : state) {
    parallel_for(count * 4, 1 << 20, threads, [&](std::int64_t begin, std::int64_t end) {
      std::memset(memory.data() + begin, 0, static_cast<std::size_t>(end - begin));
    });
    benchmark::ClobberMemory();
  }
  finish(state, 4);
}

void run_fill(benchmark::State& state, DType dtype, const Distribution& law, std::string_view backend, int threads, bool transposed) {
  std::vector<char> memory(static_cast<std::size_t>(count) * size_of(dtype), 1);
  const std::int64_t rows = 4096;
  const std::int64_t columns = count / rows;
  FillOptions options{.threads = threads, .backend = backend};
  if (transposed) options.view = {.global = {columns, rows}, .strides = {1, rows}, .offset = 0};
  const TensorView out{.data = memory.data(), .dtype = dtype, .shape = {rows, columns}, .strides = {}};
  for (auto _ : state) {
    fill(out, law, make_stream(1, "bench"), options);
    benchmark::ClobberMemory();
  }
  finish(state, size_of(dtype));
}

// What a model has many of: biases and norms. Time is that of one tensor.
void run_small(benchmark::State& state) {
  constexpr std::int64_t tensors = 10'000, size = 64;
  std::vector<float> memory(tensors * size, 1);
  std::vector<Stream> streams;
  for (std::int64_t i = 0; i < tensors; ++i) streams.push_back(make_stream(1, "layers." + std::to_string(i) + ".bias"));
  std::size_t at = 0;
  for (auto _ : state) {
    fill({.data = memory.data() + at * size, .dtype = DType::f32, .shape = {size}, .strides = {}}, Normal{0, 0.02}, streams[at]);
    at = at + 1 == streams.size() ? 0 : at + 1;
  }
  state.SetItemsProcessed(state.iterations() * size);
}

struct Case {
  const char* name;
  Distribution law;
};

const Case cases[] = {{"uniform", Uniform{-1, 1}},
                      {"normal", Normal{0, 1}},
                      {"truncated_2", TruncatedNormal{0, 1, -2, 2}},
                      {"truncated_3", TruncatedNormal{0, 1, -3, 3}},
                      {"truncated_far", TruncatedNormal{0, 1, 8, 9}}};

void register_fill(const Backend& backend, const Case& law, DType dtype, int threads, bool transposed) {
  const std::string name = std::string(law.name) + "/" + std::string(to_string(dtype)) + "/" + std::string(backend.name) +
                           "/threads:" + std::to_string(threads) + (transposed ? "/transposed" : "");
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) { run_fill(state, dtype, law.law, backend.name, threads, transposed); })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void register_all() {
  benchmark::RegisterBenchmark("10000_tensors_of_64/normal/float32", run_small)->Unit(benchmark::kNanosecond);
  for (const int threads : {1, 2}) {
    benchmark::RegisterBenchmark(("memset/float32/threads:" + std::to_string(threads)).c_str(),
                                 [=](benchmark::State& state) { run_memset(state, threads); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
    for (const Backend& backend : backends()) {
      if (!backend.supported) continue;
      for (const Case& law : cases) {
        for (const DType dtype : {DType::f32, DType::bf16, DType::f8e4m3, DType::f64}) register_fill(backend, law, dtype, threads, false);
      }
      register_fill(backend, cases[1], DType::f32, threads, true);
    }
  }
}

}  // namespace
}  // namespace evenkeel

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  evenkeel::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
