// SPDX-License-Identifier: Apache-2.0
// Prints the bits of values of every law, and Philox words made inline in this program.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "evenkeel/fill/fill.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace {

void print(const char* name, const std::vector<float>& values) {
  std::printf("%s", name);
  for (const float value : values) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    std::printf(" %08x", bits);
  }
  std::printf("\n");
}

void print_law(const char* name, const evenkeel::Distribution& law) {
  std::vector<float> values(37);
  evenkeel::fill({.data = values.data(), .shape = {37}}, law, evenkeel::make_stream(7, "consumer"));
  print(name, values);
}

}  // namespace

int main() {
  print_law("uniform", evenkeel::Uniform{.low = -0.3, .high = 0.7});
  print_law("normal", evenkeel::Normal{.mean = 0.1, .std = 0.02});
  print_law("truncated_normal", evenkeel::TruncatedNormal{.mean = 0, .std = 0.02, .low = -0.04, .high = 0.04});

  const evenkeel::Geometry dense{.role = evenkeel::Role::dense, .layout = "OI", .shape = {6, 5}};
  for (const char* scheme : {"he_normal", "glorot_uniform", "orthogonal"}) {
    std::vector<float> values(30);
    const evenkeel::TensorView out{.data = values.data(), .shape = dense.shape};
    evenkeel::generate(out, evenkeel::parse_scheme(scheme), dense, evenkeel::make_stream(7, "dense"));
    print(scheme, values);
  }
}
