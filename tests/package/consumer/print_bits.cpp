// SPDX-License-Identifier: Apache-2.0
// Prints whether this program computes with subnormal numbers, then the bits of values of every law, some of which are subnormal.
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

template <class Word>
void print_law(const char* name, evenkeel::DType dtype, const evenkeel::Distribution& law) {
  std::vector<Word> values(37);
  evenkeel::fill({.data = values.data(), .dtype = dtype, .shape = {37}}, law, evenkeel::make_stream(7, "consumer"));
  std::printf("%s", name);
  for (const Word value : values) std::printf(" %0*llx", static_cast<int>(2 * sizeof(Word)), static_cast<unsigned long long>(value));
  std::printf("\n");
}

// The halves are made at run time, whatever the compiler knows.
bool keeps_subnormals() {
  volatile std::uint32_t least_normal = 0x00800000;
  const std::uint32_t bits = least_normal;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  volatile float half = value * 0.5F;
  const float read = half;
  std::uint32_t result = 0;
  std::memcpy(&result, &read, sizeof result);
  return result == 0x00400000;
}

}  // namespace

int main() {
  std::printf("subnormals %s\n", keeps_subnormals() ? "kept" : "flushed");
  print_law("uniform", evenkeel::Uniform{.low = -0.3, .high = 0.7});
  print_law("normal", evenkeel::Normal{.mean = 0.1, .std = 0.02});
  print_law("truncated_normal", evenkeel::TruncatedNormal{.mean = 0, .std = 0.02, .low = -0.04, .high = 0.04});
  print_law("subnormal_uniform", evenkeel::Uniform{.low = -1e-39, .high = 1e-39});
  print_law("subnormal_normal", evenkeel::Normal{.mean = 0, .std = 1e-39});
  print_law("subnormal_truncated_normal", evenkeel::TruncatedNormal{.mean = 0, .std = 1e-39, .low = -2e-39, .high = 2e-39});
  print_law<std::uint64_t>("subnormal_f64", evenkeel::DType::f64, evenkeel::Normal{.mean = 0, .std = 1e-309});
  print_law<std::uint16_t>("subnormal_f16", evenkeel::DType::f16, evenkeel::Normal{.mean = 0, .std = 1e-6});
  print_law<std::uint16_t>("subnormal_bf16", evenkeel::DType::bf16, evenkeel::Normal{.mean = 0, .std = 1e-39});
  print_law<std::uint8_t>("subnormal_f8e4m3", evenkeel::DType::f8e4m3, evenkeel::Normal{.mean = 0, .std = 0.005});

  const evenkeel::Geometry dense{.role = evenkeel::Role::dense, .layout = "OI", .shape = {6, 5}};
  for (const char* scheme : {"he_normal", "glorot_uniform", "orthogonal", "orthogonal(gain=1e-39)"}) {
    std::vector<float> values(30);
    const evenkeel::TensorView out{.data = values.data(), .shape = dense.shape};
    evenkeel::generate(out, evenkeel::parse_scheme(scheme), dense, evenkeel::make_stream(7, "dense"));
    print(scheme, values);
  }
}
