// SPDX-License-Identifier: Apache-2.0
// Names: the published FNV-1a values, and wrappers that must not change a model's numbers.
#include "evenkeel/rng/stream.hpp"

#include <gtest/gtest.h>

#include <string>

namespace evenkeel {
namespace {

TEST(stream, hash_is_fnv_1a) {
  EXPECT_EQ(hash_name(""), 0xcbf29ce484222325U);
  EXPECT_EQ(hash_name("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(hash_name("foobar"), 0x85944171f73967e8U);
  // Bytes, not signed characters: the two bytes of e-acute in UTF-8.
  std::uint64_t expected = 0xcbf29ce484222325U;
  for (const std::uint64_t byte : {0xc3U, 0xa9U}) expected = (expected ^ byte) * 0x100000001b3U;
  EXPECT_EQ(hash_name("\xc3\xa9"), expected);
}

TEST(stream, wrappers_are_stripped_from_names) {
  EXPECT_EQ(canonical_name("module.layer1.0.weight"), "layer1.0.weight");
  EXPECT_EQ(canonical_name("_orig_mod.module.fc.weight"), "fc.weight");
  EXPECT_EQ(canonical_name("blocks.0._fsdp_wrapped_module.attn._orig_mod.q.weight"), "blocks.0.attn.q.weight");
  EXPECT_EQ(canonical_name("submodule.weight"), "submodule.weight");
  EXPECT_EQ(canonical_name("module_list.0"), "module_list.0");
  EXPECT_EQ(canonical_name("a.module"), "a.module");
  EXPECT_EQ(canonical_name("module"), "module");
  EXPECT_EQ(canonical_name(""), "");
  EXPECT_EQ(canonical_name("a..b."), "a..b.");
}

TEST(stream, seed_and_name_and_purpose) {
  const Stream plain = make_stream(7, "module.w");
  EXPECT_EQ(plain, (Stream{7, hash_name("w")}));
  EXPECT_EQ(make_stream(7, "w", "block0"), (Stream{7, hash_name("w\x1f"
                                                                "block0")}));
  EXPECT_EQ(substream(plain, "block0"), make_stream(7, "w", "block0"));
  EXPECT_EQ(substream(substream(plain, "a"), "b").name, hash_name("w\x1f"
                                                                  "a\x1f"
                                                                  "b"));
  EXPECT_NE(substream(plain, "a").name, substream(plain, "b").name);
}

}  // namespace
}  // namespace evenkeel
