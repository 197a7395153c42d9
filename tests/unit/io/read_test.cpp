// SPDX-License-Identifier: Apache-2.0
// Reading of tensors, names, metadata and values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/io/model.hpp"
#include "models/onnx_builder.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Model read(const OnnxBuilder& builder, const TemporaryFolder& folder) { return read_model(folder.write("model.onnx", builder.model())); }

TensorId tensor_id(const Model& model, const std::string& name) {
  for (std::size_t i = 0; i < model.graph.tensors.size(); ++i) {
    if (model.graph.tensors[i].name == name) return static_cast<TensorId>(i);
  }
  ADD_FAILURE() << "no tensor " << name;
  return absent;
}

std::vector<double> numbers(const Model& model, const std::string& name) {
  return numbers_of(*model.weights, model.graph, tensor_id(model, name), 1000);
}

TEST(Read, DenseLayer) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.input("x", DType::f32, {-1, 2}).output("y").initializer("w", {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  b.node("Gemm", {"x", "w"}, {"y"}, {integer("transB", 1), real("alpha", 0.5F)}, {"fc", "", {}});
  b.metadata("author", "me");
  const Model model = read(b, folder);
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  const Node& node = model.graph.nodes[0];
  EXPECT_EQ(node.op, "Gemm");
  EXPECT_EQ(node.name, "fc");
  EXPECT_EQ(node.opset, 17);
  EXPECT_EQ(integer_of(node, "transB", 0), 1);
  EXPECT_EQ(real_of(node, "alpha", 1), 0.5);
  EXPECT_EQ(integer_of(node, "alpha", 7), 7) << "a wrong kind counts as missing";
  EXPECT_EQ(model.metadata.at("author"), "me");
  EXPECT_EQ(model.graph.producer, "evenkeel tests");
  const Value* const weight = model.graph.find_value("w");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, (Shape{3, 2}));
  ASSERT_EQ(weight->uses.size(), 1U);
  EXPECT_EQ(weight->uses[0].slot, 1);
  EXPECT_THAT(numbers(model, "w"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(model.graph.find_value("x")->shape, (Shape{-1, 2}));
  EXPECT_TRUE(model.graph.find_value("y")->graph_output);
}

TEST(Read, EveryStorageOfEveryDtype) {
  const TemporaryFolder folder;
  for (const Store store : {Store::raw, Store::typed, Store::unpacked}) {
    OnnxBuilder b;
    b.initializer("f32", {2}, std::vector<float>{1.5F, -2}, DType::f32, store)
        .initializer("f64", {2}, std::vector<double>{1.5, -2}, DType::f64, store);
    b.initializer("i64", {2}, std::vector<std::int64_t>{-7, 1LL << 40}, DType::i64, store);
    b.initializer("i32", {2}, std::vector<std::int32_t>{-7, 9}, DType::i32, store);
    b.initializer("i8", {2}, std::vector<std::int8_t>{-7, 9}, DType::i8, store);
    b.initializer("u8", {2}, std::vector<std::uint8_t>{200, 9}, DType::u8, store);
    b.initializer("f16", {2}, std::vector<std::uint16_t>{0x3C00, 0xC000}, DType::f16, store);
    b.initializer("bf16", {2}, std::vector<std::uint16_t>{0x3F80, 0xC000}, DType::bf16, store);
    b.initializer("f8e4m3", {2}, std::vector<std::uint8_t>{0x38, 0xB8}, DType::f8e4m3, store);
    b.initializer("f8e5m2", {2}, std::vector<std::uint8_t>{0x3C, 0xBC}, DType::f8e5m2, store);
    const Model model = read(b, folder);
    EXPECT_THAT(numbers(model, "f32"), ElementsAre(1.5, -2));
    EXPECT_THAT(numbers(model, "f64"), ElementsAre(1.5, -2));
    EXPECT_THAT(numbers(model, "i64"), ElementsAre(-7, 1099511627776.0));
    EXPECT_THAT(numbers(model, "i32"), ElementsAre(-7, 9));
    EXPECT_THAT(numbers(model, "i8"), ElementsAre(-7, 9));
    EXPECT_THAT(numbers(model, "u8"), ElementsAre(200, 9));
    EXPECT_THAT(numbers(model, "f16"), ElementsAre(1, -2));
    EXPECT_THAT(numbers(model, "bf16"), ElementsAre(1, -2));
    EXPECT_THAT(numbers(model, "f8e4m3"), ElementsAre(1, -1));
    EXPECT_THAT(numbers(model, "f8e5m2"), ElementsAre(1, -1));
    EXPECT_EQ(model.graph.find_value("i64")->integers, (std::vector<std::int64_t>{-7, 1LL << 40}));
    EXPECT_EQ(model.graph.find_value("f32")->integers, std::nullopt);
  }
}

TEST(Read, ConstantsOfEveryKind) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.node("Constant", {}, {"a"}, {tensor("value", tensor_proto("", {2}, std::vector<float>{3, 4}))});
  b.node("Constant", {}, {"b"}, {real("value_float", 2.5F)});
  b.node("Constant", {}, {"c"}, {reals("value_floats", {1, 2})});
  b.node("Constant", {}, {"d"}, {integer("value_int", 7)});
  b.node("Constant", {}, {"e"}, {integers("value_ints", {7, 8, 9})});
  b.node("Constant", {}, {"s"}, {text("value_string", "hello")});
  b.node("ConstantOfShape", {"shape"}, {"f"}, {tensor("value", tensor_proto("", {1}, std::vector<float>{0.02F}))});
  b.node("ConstantOfShape", {"shape"}, {"zeros"});
  b.initializer("shape", {2}, std::vector<std::int64_t>{2, 3});
  const Model model = read(b, folder);
  EXPECT_TRUE(model.graph.nodes.empty());
  EXPECT_THAT(numbers(model, "a"), ElementsAre(3, 4));
  EXPECT_THAT(numbers(model, "b"), ElementsAre(2.5));
  EXPECT_THAT(numbers(model, "c"), ElementsAre(1, 2));
  EXPECT_THAT(numbers(model, "d"), ElementsAre(7));
  EXPECT_THAT(numbers(model, "e"), ElementsAre(7, 8, 9));
  EXPECT_EQ(model.graph.tensors[static_cast<std::size_t>(tensor_id(model, "s"))].dtype, DType::other);
  const TensorId fill = tensor_id(model, "f");
  EXPECT_EQ(model.graph.tensors[static_cast<std::size_t>(fill)].storage, Storage::constant_of_shape);
  EXPECT_EQ(model.graph.tensors[static_cast<std::size_t>(fill)].shape, (Shape{2, 3}));
  EXPECT_FLOAT_EQ(static_cast<float>(model.weights->find_fill(fill).value()), 0.02F);
  EXPECT_EQ(model.weights->read(fill).bytes.size(), 24U);
  EXPECT_EQ(model.weights->find_fill(tensor_id(model, "zeros")), 0.0);
  EXPECT_EQ(model.weights->find_fill(tensor_id(model, "a")), std::nullopt);
}

TEST(Read, ConstantOfShapeOfAComputedShapeIsANode) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.input("x").node("Shape", {"x"}, {"s"}).node("ConstantOfShape", {"s"}, {"y"}).output("y");
  EXPECT_EQ(read(b, folder).graph.nodes.size(), 2U);
}

TEST(Read, ChainsOfAliasesNameTheOriginal) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.initializer("a", {2}, std::vector<float>{3, 4}).node("Identity", {"a"}, {"b"}).node("Identity", {"b"}, {"c"});
  b.input("x", DType::f32, {2}).node("Add", {"x", "c"}, {"y"}).output("y");
  const Model model = read(b, folder);
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  for (const char* const name : {"b", "c"}) {
    const StoredTensor& alias = model.graph.tensors[static_cast<std::size_t>(tensor_id(model, name))];
    EXPECT_EQ(alias.storage, Storage::alias);
    EXPECT_EQ(alias.alias_of, tensor_id(model, "a"));
    EXPECT_THAT(numbers(model, name), ElementsAre(3, 4));
  }
  EXPECT_EQ(model.graph.values[static_cast<std::size_t>(model.graph.nodes[0].inputs[1])].tensor, tensor_id(model, "c"));
}

TEST(Read, InitializersListedAsInputsAreNoInputs) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.ir_version = 3;
  b.input("x").input("w", DType::f32, {2}).initializer("w", {2}, std::vector<float>{1, 2}).node("Add", {"x", "w"}, {"y"}).output("y");
  const Model model = read(b, folder);
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.values[static_cast<std::size_t>(model.graph.inputs[0])].name, "x");
}

TEST(Read, UnsortedNodesAreSorted) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.input("x").node("Relu", {"c"}, {"y"}).node("Add", {"x", "w"}, {"c"}).node("Constant", {}, {"w"}, {real("value_float", 1)}).output("y");
  const Model model = read(b, folder);
  ASSERT_EQ(model.graph.nodes.size(), 2U);
  EXPECT_EQ(model.graph.nodes[0].op, "Add");
  EXPECT_EQ(model.graph.nodes[1].op, "Relu");
}

TEST(Read, ScopesOfBothExporters) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.input("x").node("Relu", {"x"}, {"a"}, {}, {"/layer1/layer1.0/conv1/Conv", "", {}});
  b.node("Relu", {"a"}, {"b"}, {}, {"/layer2/layer2.0/downsample/downsample.0/Conv", "", {}});
  b.node("Relu", {"b"}, {"c"}, {}, {"/encoder/layer.0/attention/MatMul", "", {}});
  b.node("Relu", {"c"}, {"d"}, {},
         {"node_relu",
          "",
          {"pkg.torch.onnx.name_scopes", "['', 'h', 'h.0', 'h.0.ln_1', 'layer_norm']", "pkg.torch.onnx.class_hierarchy",
           "['a.Model', 'torch.nn.LayerNorm', 'aten.layer_norm']"}});
  b.node("Relu", {"d"}, {"y"}, {}, {"/Relu", "", {}}).output("y");
  const Model model = read(b, folder);
  EXPECT_EQ(model.graph.nodes[0].scope, "layer1.0.conv1");
  EXPECT_EQ(model.graph.nodes[1].scope, "layer2.0.downsample.0");
  EXPECT_EQ(model.graph.nodes[2].scope, "encoder.layer.0.attention");
  EXPECT_EQ(model.graph.nodes[3].scope, "h.0.ln_1");
  EXPECT_EQ(model.graph.nodes[3].class_name, "torch.nn.LayerNorm");
  EXPECT_EQ(model.graph.nodes[4].scope, "");
}

TEST(Read, TensorAttributesAreTensors) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  b.input("x")
      .node("Custom", {"x"}, {"y"}, {tensor("table", tensor_proto("t", {2}, std::vector<float>{5, 6}))}, {"n", "my.domain", {}})
      .output("y");
  const Model model = read(b, folder);
  ASSERT_EQ(model.graph.nodes[0].domain, "my.domain");
  const auto* const held = std::get_if<TensorAttribute>(&model.graph.nodes[0].attributes.at("table"));
  ASSERT_NE(held, nullptr);
  EXPECT_THAT(numbers_of(*model.weights, model.graph, held->tensor, 10), ElementsAre(5, 6));
}

TEST(Read, SparseInitializersAreKept) {
  const TemporaryFolder folder;
  OnnxBuilder b;
  std::string sparse;
  protozero::pbf_writer out(sparse);
  out.add_message(1, tensor_proto("sp", {1}, std::vector<float>{2}));
  out.add_message(2, tensor_proto("", {1}, std::vector<std::int64_t>{5}));
  out.add_int64(3, 3), out.add_int64(3, 4);
  b.input("x").field(15, sparse).node("MatMul", {"x", "sp"}, {"y"}).output("y");
  const Model model = read(b, folder);
  const StoredTensor& tensor = model.graph.tensors[static_cast<std::size_t>(tensor_id(model, "sp"))];
  EXPECT_EQ(tensor.dtype, DType::other);
  EXPECT_EQ(tensor.shape, (Shape{3, 4}));
}

TEST(Read, NamesThatCannotBe) {
  const TemporaryFolder folder;
  const auto message_of = [&](const OnnxBuilder& b) {
    const auto error = caught([&] { (void)read(b, folder); });
    EXPECT_TRUE(error.has_value());
    EXPECT_EQ(error.value().code, ErrorCode::bad_file);
    return error.value().message;
  };
  OnnxBuilder twice;
  twice.initializer("w", {1}, std::vector<float>{1}).initializer("w", {1}, std::vector<float>{1});
  EXPECT_THAT(message_of(twice), HasSubstr("'w' is given twice"));
  OnnxBuilder missing;
  missing.node("Relu", {"nowhere"}, {"y"});
  EXPECT_THAT(message_of(missing), HasSubstr("'nowhere', which nothing in the file defines"));
  OnnxBuilder cycle;
  cycle.node("Relu", {"b"}, {"a"}).node("Relu", {"a"}, {"b"});
  EXPECT_THAT(message_of(cycle), HasSubstr("depends on its own output"));
  OnnxBuilder output;
  output.output("y");
  EXPECT_THAT(message_of(output), HasSubstr("output 'y' is defined nowhere"));
}

}  // namespace
}  // namespace evenkeel::test
