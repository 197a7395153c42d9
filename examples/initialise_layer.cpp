// SPDX-License-Identifier: Apache-2.0
// A 3x3 convolution before a ReLU: the layout says which axis is which, the fans follow, the scheme follows from them.
#include <cstdio>
#include <vector>

#include "evenkeel/schemes/generate.hpp"

int main() {
  const evenkeel::Geometry convolution{.role = evenkeel::Role::conv, .layout = "OIHW", .shape = {64, 32, 3, 3}};
  const auto scheme = evenkeel::parse_scheme("he_normal(mode=fan_out)");
  const auto fans = evenkeel::fans_of(convolution);
  const auto expected = evenkeel::expectation_of(scheme, convolution);
  std::printf("fan_in %g, fan_out %g, %s: std %.6f\n", fans.fan_in, fans.fan_out, to_string(scheme).c_str(), expected.std);

  std::vector<float> weights(64 * 32 * 3 * 3);
  evenkeel::generate({.data = weights.data(), .shape = convolution.shape}, scheme, convolution, evenkeel::make_stream(1, "conv.weight"));
  std::printf("first weights: %.6f %.6f %.6f\n", weights[0], weights[1], weights[2]);
}
