// SPDX-License-Identifier: Apache-2.0
// Specs: what they say, and where they are wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/spec.hpp"

namespace evenkeel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Spec, WidthsAreExpanded) {
  const Spec mlp = parse_spec("mlp:784,256x3,10:relu");
  EXPECT_EQ(mlp.family, "mlp");
  EXPECT_THAT(mlp.widths, ElementsAre(784, 256, 256, 256, 10));
  EXPECT_THAT(mlp.groups, ElementsAre(1, 3, 1));
  EXPECT_EQ(mlp.activation, "relu");
  EXPECT_EQ(mlp.text, "mlp:784,256x3,10:relu");
  EXPECT_THAT(parse_spec("cnn:3,32x2,64x2,10:gelu").widths, ElementsAre(3, 32, 32, 64, 64, 10));
  EXPECT_THAT(parse_spec("resnet:152").widths, ElementsAre(152));
}

TEST(Spec, GptHasDocumentedDefaults) {
  const Spec gpt = parse_spec("gpt:128x4");
  EXPECT_THAT(gpt.widths, ElementsAre(128, 128, 128, 128));
  EXPECT_EQ(gpt.options, (std::map<std::string, std::int64_t>{{"heads", 2}, {"vocab", 256}, {"context", 256}}));
  EXPECT_EQ(parse_spec("gpt:100x1").options.at("heads"), 1);
  const Spec full = parse_spec("gpt:96x2,vocab=50,heads=3,context=16");
  EXPECT_EQ(full.options, (std::map<std::string, std::int64_t>{{"heads", 3}, {"vocab", 50}, {"context", 16}}));
}

TEST(Spec, FilesAreNoSpecs) {
  EXPECT_TRUE(is_spec("mlp:whatever"));
  for (const char* const text : {"model.onnx", "mlp", "mlp.onnx", "C:model.onnx", "", ":", "my/mlp:3"}) EXPECT_FALSE(is_spec(text)) << text;
}

struct Wrong {
  const char* text;
  std::size_t position;  // counted from 1
  const char* expected;
};

class WrongSpec : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSpec, IsShown) {
  try {
    (void)parse_spec(GetParam().text);
    FAIL() << GetParam().text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr(GetParam().expected));
    EXPECT_THAT(error.what(), HasSubstr("at position " + std::to_string(GetParam().position) + ","));
    EXPECT_THAT(error.what(), HasSubstr("for example"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Specs, WrongSpec,
    testing::Values(Wrong{"mlp:784,256y8,10:relu", 12, "':' and an activation"}, Wrong{"mlp:784", 8, "more widths"},
                    Wrong{"mlp:784,10", 11, "activation"}, Wrong{"mlp:784,10:rlu", 12, "expected an activation (elu, gelu"},
                    Wrong{"mlp:784,0,10:relu", 9, "a width from 1"}, Wrong{"mlp:784,256x,10:relu", 13, "a count of layers"},
                    Wrong{"mlp:8x2,4:relu", 6, "one width for the input"}, Wrong{"mlp:8,4x2:relu", 8, "one width for the output"},
                    Wrong{"mlp:784,99999999999999999999,10:relu", 9, "a width"}, Wrong{"mlp:4,4x10001,4:relu", 9, "a count"},
                    Wrong{"cnn:3,10:relu", 9, "more widths"}, Wrong{"resnet:19", 8, "18, 34, 50, 101 or 152"},
                    Wrong{"resnet:18:relu", 10, "the end of the spec"}, Wrong{"gpt:128", 8, "'x' and the number of blocks"},
                    Wrong{"gpt:128x4,heads=3", 17, "divide the width 128"}, Wrong{"gpt:128x4,layers=3", 11, "heads=, vocab= or context="},
                    Wrong{"gpt:128x4 ", 10, "the end of the spec"}, Wrong{"other:3", 1, "expected mlp:, cnn:, resnet: or gpt:"}));

}  // namespace
}  // namespace evenkeel
