// SPDX-License-Identifier: Apache-2.0
// The smallest use: a million normal numbers, and then only the last three of them. Both are the same numbers.
#include <cstdio>
#include <vector>

#include "evenkeel/fill/fill.hpp"

int main() {
  std::vector<float> weights(1'000'000);
  const auto stream = evenkeel::make_stream(/*seed=*/42, "encoder.weight");
  evenkeel::fill({.data = weights.data(), .shape = {1000, 1000}}, evenkeel::Normal{.std = 0.02}, stream);

  std::vector<float> tail(3);
  evenkeel::fill({.data = tail.data(), .shape = {3}}, evenkeel::Normal{.std = 0.02}, stream,
                 {.view = {.global = {1000, 1000}, .strides = {1}, .offset = 999'997}});
  for (int i = 0; i < 3; ++i) std::printf("%.9g %.9g\n", weights[999'997 + i], tail[i]);
}
