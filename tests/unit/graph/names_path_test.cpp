// SPDX-License-Identifier: Apache-2.0
// Names taken apart: frameworks' spellings of one thing come out alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/names/order.hpp"
#include "graph/names/path.hpp"

namespace evenkeel::names {
namespace {

std::string dotted(std::string_view name) {
  const Path path = parse_path(name);
  return joined(path, path.size());
}

TEST(Path, SpellingsOfOneModuleAreAlike) {
  EXPECT_EQ(dotted("encoder.block.0.SelfAttention.q.weight"), "encoder.block.0.self_attention.q.weight");
  EXPECT_EQ(dotted("params/encoder/LayerNorm_0/scale"), "encoder.layer_norm_0.scale");
  EXPECT_EQ(dotted("dense/kernel:0"), "dense.kernel");
  EXPECT_EQ(dotted("module._orig_mod.fc.weight"), "fc.weight");
  EXPECT_EQ(dotted("mlp/~/linear_0/w"), "mlp.linear_0.w");
  EXPECT_EQ(dotted("base_model.model.h.0.attn.lora_A.default.weight"), "h.0.attn.lora_a.default.weight");
}

TEST(Path, NumbersAreIndices) {
  const Segment conv = parse_segment("Conv_12");
  EXPECT_EQ(conv.stem, "conv");
  EXPECT_EQ(conv.index, 12);
  EXPECT_FALSE(conv.is_number());
  EXPECT_TRUE(parse_segment("3").is_number());
  EXPECT_EQ(parse_segment("layernorm_before").index, -1);
  EXPECT_EQ(parse_path("gpt2.h.0.ln.weight")[0].index, -1) << "the 2 of a model's name is no place in a list";
  EXPECT_EQ(parse_segment("99999999999999999999").index, -1) << "too long for a number";
}

TEST(Path, WordsEndAtUnderscoresAndDigits) {
  EXPECT_TRUE(has_word("self_attn", "attn"));
  EXPECT_FALSE(has_word("self_attn", "att"));
  EXPECT_TRUE(has_word("up1", "up"));
  EXPECT_FALSE(has_word("group", "up"));
}

TEST(Order, NumbersCountByValueAndHeadsComeLast) {
  std::vector<std::string> names = {"classifier.weight",   "layers.10.fc1.weight",        "layers.2.fc1.weight",
                                    "embed_tokens.weight", "layers.2.attn.o_proj.weight", "layers.2.attn.q_proj.weight"};
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return comes_before(parse_path(a), parse_path(b)); });
  EXPECT_THAT(names, testing::ElementsAre("embed_tokens.weight", "layers.2.attn.q_proj.weight", "layers.2.attn.o_proj.weight",
                                          "layers.2.fc1.weight", "layers.10.fc1.weight", "classifier.weight"));
}

}  // namespace
}  // namespace evenkeel::names
