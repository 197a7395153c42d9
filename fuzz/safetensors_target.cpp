// SPDX-License-Identifier: Apache-2.0
// One safetensors file.
#include "file_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const evenkeel::fuzz::Place place("input.safetensors", "written.safetensors");
  place.run(evenkeel::fuzz::text_of(data, size));
  return 0;
}
