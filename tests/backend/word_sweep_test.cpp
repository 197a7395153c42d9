// SPDX-License-Identifier: Apache-2.0
// Long agreement of the backends: 2^28 elements of the laws that use all parts of the maps, as running hashes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel {
namespace {

std::uint64_t hash_of(const Distribution& law, DType dtype, std::string_view backend) {
  constexpr std::int64_t chunk = 1 << 22;
  std::vector<std::uint64_t> memory(chunk / 8 * static_cast<std::int64_t>(size_of(dtype)));
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::int64_t at = 0; at < std::int64_t{1} << 28; at += chunk) {
    const View view{.global = {std::int64_t{1} << 28}, .strides = {1}, .offset = at};
    fill({.data = memory.data(), .dtype = dtype, .shape = {chunk}, .strides = {}}, law, make_stream(2, "sweep"),
         {.view = view, .backend = backend});
    for (const std::uint64_t word : memory) hash = (hash ^ word) * 0x100000001b3;
  }
  return hash;
}

TEST(word_sweep, backends_agree_over_many_words) {
  for (const Backend& backend : backends()) {
    if (!backend.supported || backend.name == "portable") continue;
    EXPECT_EQ(hash_of(Normal{}, DType::f32, backend.name), hash_of(Normal{}, DType::f32, "portable")) << backend.name;
    EXPECT_EQ(hash_of(TruncatedNormal{0, 1, -4, 5}, DType::f32, backend.name),
              hash_of(TruncatedNormal{0, 1, -4, 5}, DType::f32, "portable"));
  }
}

}  // namespace
}  // namespace evenkeel
