// SPDX-License-Identifier: Apache-2.0
// Built-in specs as models: names, shapes, and that nothing is written without values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/io/model.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

std::int64_t parameters_of(const Model& model) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < model.graph.tensors.size(); ++i) {
    if (!model.weights->has_values(static_cast<TensorId>(i))) count += element_count(model.graph.tensors[i].shape);
  }
  return count;
}

const Shape& shape_of(const Model& model, const std::string& name) { return model.graph.find_value(name)->shape.value(); }

TEST(SpecModel, Mlp) {
  const Model model = read_model("mlp:784,256x8,10:relu");
  EXPECT_EQ(parameters_of(model), 784 * 256 + 256 + 7 * (256 * 256 + 256) + 256 * 10 + 10);
  EXPECT_EQ(shape_of(model, "layers.0.weight"), (Shape{256, 784}));
  EXPECT_EQ(shape_of(model, "layers.8.bias"), (Shape{10}));
  EXPECT_TRUE(model.path.empty());
}

TEST(SpecModel, ResNetsHaveThePublishedNumberOfParameters) {
  // torchvision 0.20, with two running statistics per normalized channel on top: 4800, 8512, 26560, 52672, 75712 channels.
  EXPECT_EQ(parameters_of(read_model("resnet:18")), 11'689'512 + 2 * 4800);
  EXPECT_EQ(parameters_of(read_model("resnet:34")), 21'797'672 + 2 * 8512);
  EXPECT_EQ(parameters_of(read_model("resnet:50")), 25'557'032 + 2 * 26560);
  EXPECT_EQ(parameters_of(read_model("resnet:101")), 44'549'160 + 2 * 52672);
  EXPECT_EQ(parameters_of(read_model("resnet:152")), 60'192'808 + 2 * 75712);
  EXPECT_EQ(shape_of(read_model("resnet:50"), "layer3.0.downsample.0.weight"), (Shape{1024, 512, 1, 1}));
}

TEST(SpecModel, Gpt) {
  // GPT-2 small has 124439808 parameters with its head tied to the embedding.
  EXPECT_EQ(parameters_of(read_model("gpt:768x12,vocab=50257,context=1024")), 124'439'808 + 768 * 50257);
  const Model model = read_model("gpt:128x4");
  EXPECT_EQ(shape_of(model, "blocks.3.attn.qkv.weight"), (Shape{128, 384}));
  EXPECT_EQ(shape_of(model, "head.weight"), (Shape{128, 256}));
}

TEST(SpecModel, Cnn) {
  const Model model = read_model("cnn:3,32x2,64x2,10:gelu");
  EXPECT_EQ(parameters_of(model), 3 * 32 * 9 + 32 + 32 * 32 * 9 + 32 + 32 * 64 * 9 + 64 + 64 * 64 * 9 + 64 + 640 + 10);
}

TEST(SpecModel, IsWrittenWithValuesForEveryParameterOnly) {
  const TemporaryFolder folder;
  const Model model = read_model("mlp:4,3,2:gelu");
  std::vector<Replacement> all;
  for (std::size_t i = 0; i < model.graph.tensors.size(); ++i) {
    const auto id = static_cast<TensorId>(i);
    if (!model.weights->has_values(id))
      all.push_back({id, {[](std::uint64_t, std::span<std::byte> room) { std::fill(room.begin(), room.end(), std::byte{1}); }, 1}});
  }
  ASSERT_EQ(all.size(), 4U);
  const auto error = caught([&] { write_model(model, folder / "out.onnx", std::span(all).subspan(1)); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::invalid_argument);
  EXPECT_THAT(error->message, testing::HasSubstr("layers.0.weight"));
  EXPECT_EQ(folder.file_count(), 0U);
  write_model(model, folder / "out.onnx", all);
  EXPECT_EQ(parameters_of(read_model((folder / "out.onnx").string())), 0);
}

TEST(SpecModel, ReadingADeclaredTensorIsAnError) {
  const Model model = read_model("mlp:4,3,2:relu");
  const auto error = caught([&] { (void)model.weights->read(0); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::bad_file);
}

}  // namespace
}  // namespace evenkeel::test
