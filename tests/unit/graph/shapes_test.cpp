// SPDX-License-Identifier: Apache-2.0
// Shape inference on graphs made by hand. The suite of all operators, with real runs as the judge, is tests/python/test_shapes.py.
#include "evenkeel/graph/shapes.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <utility>

namespace evenkeel {
namespace {

class Numbers final : public WeightSource {
 public:
  std::map<TensorId, std::vector<std::byte>> bytes;

  TensorBytes read(TensorId tensor) const override { return {.bytes = bytes.at(tensor), .owner = nullptr}; }
  bool has_values(TensorId tensor) const override { return bytes.contains(tensor); }
  std::optional<double> find_fill(TensorId) const override { return std::nullopt; }
};

std::string name_of(char kind, std::int64_t number) {
  std::string name(1, kind);
  name += std::to_string(number);
  return name;
}

// Builds a graph value by value; names are only for messages.
class Builder {
 public:
  Graph graph;
  Numbers weights;

  ValueId input(Shape shape, DType dtype = DType::f32) {
    const ValueId id = value();
    graph.values.back().graph_input = true;
    graph.values.back().shape = std::move(shape);
    graph.values.back().dtype = dtype;
    graph.inputs.push_back(id);
    return id;
  }

  template <typename T>
  ValueId stored(DType dtype, Shape shape, const std::vector<T>& elements) {
    const auto tensor = static_cast<TensorId>(graph.tensors.size());
    graph.tensors.push_back({.name = name_of('t', tensor), .where = "", .shape = std::move(shape), .dtype = dtype});
    auto& target = weights.bytes[tensor];
    target.resize(elements.size() * sizeof(T));
    if (!elements.empty()) std::memcpy(target.data(), elements.data(), target.size());
    const ValueId id = value();
    graph.values.back().tensor = tensor;
    return id;
  }

  ValueId list(const std::vector<std::int64_t>& elements) {
    return stored(DType::i64, {static_cast<std::int64_t>(elements.size())}, elements);
  }
  ValueId scalar(std::int64_t element) { return stored<std::int64_t>(DType::i64, {}, {element}); }
  ValueId weight(Shape shape) { return stored<float>(DType::f32, std::move(shape), {}); }

  std::vector<ValueId> nodes(const std::string& op, std::vector<ValueId> inputs, std::size_t outputs,
                             std::map<std::string, Attribute> attributes = {}, const std::string& domain = "", std::int64_t opset = 17) {
    Node node;
    node.op = op;
    node.domain = domain;
    node.opset = opset;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    const auto place = static_cast<NodeId>(graph.nodes.size());
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot)
      if (node.inputs[slot] >= 0 && static_cast<std::size_t>(node.inputs[slot]) < graph.values.size())
        graph.values[static_cast<std::size_t>(node.inputs[slot])].uses.push_back({place, static_cast<int>(slot)});
    for (std::size_t slot = 0; slot < outputs; ++slot) {
      node.outputs.push_back(value());
      graph.values.back().producer = place;
      graph.values.back().output_slot = static_cast<int>(slot);
    }
    graph.nodes.push_back(node);
    return node.outputs;
  }

  ValueId node(const std::string& op, std::vector<ValueId> inputs, std::map<std::string, Attribute> attributes = {},
               const std::string& domain = "", std::int64_t opset = 17) {
    return nodes(op, std::move(inputs), 1, std::move(attributes), domain, opset).front();
  }

  void infer() { infer_shapes(graph, weights); }
  const Value& at(ValueId id) const { return graph.values[static_cast<std::size_t>(id)]; }
  std::optional<Shape> shape(ValueId id) const { return at(id).shape; }

 private:
  ValueId value() {
    graph.values.push_back({.name = name_of('v', static_cast<std::int64_t>(graph.values.size()))});
    return static_cast<ValueId>(graph.values.size() - 1);
  }
};

using Ints = std::vector<std::int64_t>;

TEST(Shapes, HeadsAreSplitOffByAnExportersShapeArithmetic) {
  Builder b;
  const ValueId x = b.input({-1, -1, 32});
  const ValueId shape = b.node("Shape", {x});
  const ValueId batch = b.node("Unsqueeze", {b.node("Gather", {shape, b.scalar(0)}), b.list({0})});
  const ValueId length = b.node("Unsqueeze", {b.node("Gather", {shape, b.scalar(-2)}), b.list({0})});
  const ValueId target = b.node("Concat", {batch, length, b.list({4}), b.list({-1})}, {{"axis", std::int64_t{0}}});
  const ValueId heads = b.node("Reshape", {x, target});
  b.infer();
  EXPECT_EQ(b.shape(heads), (Shape{-1, -1, 4, 8}));
  EXPECT_FALSE(b.at(target).integers);
  EXPECT_FALSE(b.at(target).data_dependent);
  EXPECT_TRUE(b.at(heads).data_dependent);
}

TEST(Shapes, UnknownSizesCancel) {
  Builder b;
  const ValueId x = b.input({-1, 6, -1, -1});
  const ValueId shape = b.node("Shape", {x});
  const ValueId area = b.node("Mul", {b.node("Gather", {shape, b.list({2})}), b.node("Gather", {shape, b.list({3})})});
  const ValueId flat =
      b.node("Reshape", {x, b.node("Concat", {b.node("Gather", {shape, b.list({0})}), area, b.list({-1})}, {{"axis", std::int64_t{0}}})});
  const ValueId back = b.node("Reshape", {flat, shape});
  const ValueId less = b.node("Sub", {b.node("Add", {shape, b.list({1})}), shape});
  b.infer();
  EXPECT_EQ(b.shape(flat), (Shape{-1, -1, 6}));
  EXPECT_EQ(b.shape(back), (Shape{-1, 6, -1, -1}));
  EXPECT_EQ(b.at(less).integers, (Ints{1, 1, 1, 1}));
}

TEST(Shapes, ReshapeCopiesZerosUnlessAllowed) {
  Builder b;
  const ValueId x = b.input({2, 3, 4});
  const ValueId copied = b.node("Reshape", {x, b.list({0, -1})});
  const ValueId empty = b.node("Reshape", {b.input({0, 3}), b.list({3, 0})}, {{"allowzero", std::int64_t{1}}});
  const ValueId old = b.node("Reshape", {x}, {{"shape", Ints{6, -1}}}, "", 1);
  const ValueId given = b.node("Reshape", {x, b.input({2}, DType::i64)});
  b.infer();
  EXPECT_EQ(b.shape(copied), (Shape{2, 12}));
  EXPECT_EQ(b.shape(empty), (Shape{3, 0}));
  EXPECT_EQ(b.shape(old), (Shape{6, 4}));
  EXPECT_EQ(b.shape(given), (Shape{-1, -1}));
}

TEST(Shapes, PlaceholderIsReplacedByWhere) {  // Expand(x, Where(Equal(shape, -1), 1, shape)), as PyTorch writes it
  Builder b;
  const ValueId shape = b.node("Concat", {b.node("Shape", {b.input({-1, 5})}), b.list({-1})}, {{"axis", std::int64_t{0}}});
  const ValueId filled = b.node("Where", {b.node("Equal", {shape, b.list({-1})}), b.list({1, 1, 1}), shape});
  const ValueId wide = b.node("Expand", {b.weight({1, 1, 7}), filled});
  b.infer();
  EXPECT_EQ(b.shape(wide), (Shape{-1, 5, 7}));
  EXPECT_FALSE(b.at(wide).data_dependent);
}

TEST(Shapes, SizesPassThroughFloats) {
  Builder b;
  const ValueId size =
      b.node("Cast", {b.node("Gather", {b.node("Shape", {b.input({1, 3, 15, -1})}), b.list({2, 3})})}, {{"to", std::int64_t{1}}});
  const ValueId scaled = b.node("Floor", {b.node("Mul", {size, b.stored<float>(DType::f32, {2}, {1.5F, 2.0F})})});
  const ValueId sizes =
      b.node("Concat", {b.list({1, 3}), b.node("Cast", {scaled}, {{"to", std::int64_t{7}}})}, {{"axis", std::int64_t{0}}});
  const ValueId bigger = b.node("Resize", {b.input({1, 3, 15, -1}), absent, absent, sizes});
  b.infer();
  EXPECT_EQ(b.shape(bigger), (Shape{1, 3, 22, -1}));
}

TEST(Shapes, AxesAreAttributesOrInputs) {
  Builder b;
  const ValueId x = b.input({2, 1, 5});
  const ValueId old = b.node("ReduceMean", {x}, {{"axes", Ints{-1}}, {"keepdims", std::int64_t{0}}}, "", 13);
  const ValueId now = b.node("ReduceMean", {x, b.list({-1})}, {{"keepdims", std::int64_t{0}}}, "", 18);
  const ValueId all = b.node("ReduceSum", {x}, {}, "", 18);
  const ValueId none = b.node("ReduceSum", {x}, {{"noop_with_empty_axes", std::int64_t{1}}}, "", 18);
  const ValueId squeezed = b.node("Squeeze", {x});
  const ValueId wider = b.node("Unsqueeze", {x}, {{"axes", Ints{0, -1}}}, "", 11);
  const ValueId sliced = b.node("Slice", {x}, {{"starts", Ints{1}}, {"ends", Ints{1000}}, {"axes", Ints{2}}}, "", 9);
  const auto parts = b.nodes("Split", {x}, 3, {{"axis", std::int64_t{2}}, {"num_outputs", std::int64_t{3}}}, "", 18);
  b.infer();
  EXPECT_EQ(b.shape(old), (Shape{2, 1}));
  EXPECT_EQ(b.shape(now), (Shape{2, 1}));
  EXPECT_EQ(b.shape(all), (Shape{1, 1, 1}));
  EXPECT_EQ(b.shape(none), (Shape{2, 1, 5}));
  EXPECT_EQ(b.shape(squeezed), (Shape{2, 5}));
  EXPECT_EQ(b.shape(wider), (Shape{1, 2, 1, 5, 1}));
  EXPECT_EQ(b.shape(sliced), (Shape{2, 1, 4}));
  EXPECT_EQ(b.shape(parts[0]), (Shape{2, 1, 2}));
  EXPECT_EQ(b.shape(parts[2]), (Shape{2, 1, 1}));
}

TEST(Shapes, SliceWithSteps) {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  Builder b;
  const ValueId x = b.list({0, 1, 2, 3, 4, 5, 6});
  const ValueId reversed = b.node("Slice", {x, b.list({-1}), b.list({lowest}), b.list({0}), b.list({-2})});
  const ValueId end = b.node("Slice", {x, b.list({2}), b.list({std::numeric_limits<std::int64_t>::max()})});
  const ValueId open = b.node("Slice", {b.input({-1, 4}), b.list({-1}), b.list({lowest}), b.list({0}), b.list({-1})});
  b.infer();
  EXPECT_EQ(b.at(reversed).integers, (Ints{6, 4, 2, 0}));
  EXPECT_EQ(b.at(end).integers, (Ints{2, 3, 4, 5, 6}));
  EXPECT_EQ(b.shape(open), (Shape{-1, 4}));
}

TEST(Shapes, ConvolutionsAndPooling) {
  Builder b;
  const ValueId x = b.input({-1, 3, 224, -1});
  const ValueId stem = b.node("Conv", {x, b.weight({64, 3, 7, 7})}, {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}});
  const ValueId pooled = b.node("MaxPool", {stem}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  const ValueId up = b.node("ConvTranspose", {pooled, b.weight({64, 8, 4, 4})},
                            {{"strides", Ints{2, 2}}, {"group", std::int64_t{2}}, {"pads", Ints{1, 1, 1, 1}}});
  const ValueId same = b.node("Conv", {x, b.weight({8, 3, 3, 3})}, {{"strides", Ints{3, 3}}, {"auto_pad", std::string("SAME_UPPER")}});
  const ValueId ceil = b.node("AveragePool", {b.input({1, 1, 4, 4})},
                              {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}});
  const ValueId rankless = b.node("Conv", {b.node("Unheard", {x}), b.weight({8, 3, 3})});
  b.infer();
  EXPECT_EQ(b.shape(stem), (Shape{-1, 64, 112, -1}));
  EXPECT_EQ(b.shape(pooled), (Shape{-1, 64, 56, -1}));
  EXPECT_EQ(b.shape(up), (Shape{-1, 16, 112, -1}));
  EXPECT_EQ(b.shape(same), (Shape{-1, 8, 75, -1}));
  EXPECT_EQ(b.shape(ceil), (Shape{1, 1, 2, 2}));
  EXPECT_EQ(b.shape(rankless), (Shape{-1, 8, -1}));
}

TEST(Shapes, ProductsAndCells) {
  Builder b;
  const ValueId x = b.input({-1, 5, 16});
  const ValueId dense = b.node("MatMul", {x, b.weight({16, 8})});
  const ValueId vector = b.node("MatMul", {b.weight({4}), b.weight({4, 3})});
  const ValueId gemm = b.node("Gemm", {b.node("Unheard", {x}), b.weight({10, 8})}, {{"transB", std::int64_t{1}}});
  const ValueId sum = b.node("Einsum", {x, b.weight({16, 4, 2})}, {{"equation", std::string("abc,cde->abde")}});
  const ValueId spread = b.node("Einsum", {x, b.weight({16, 4})}, {{"equation", std::string("...i,ij")}});
  const auto cell = b.nodes("LSTM", {b.input({7, -1, 16}), b.weight({2, 48, 16}), b.weight({2, 48, 12})}, 3,
                            {{"direction", std::string("bidirectional")}});
  b.infer();
  EXPECT_EQ(b.shape(dense), (Shape{-1, 5, 8}));
  EXPECT_EQ(b.shape(vector), (Shape{3}));
  EXPECT_EQ(b.shape(gemm), (Shape{-1, 10}));
  EXPECT_EQ(b.shape(sum), (Shape{-1, 5, 4, 2}));
  EXPECT_EQ(b.shape(spread), (Shape{-1, 5, 4}));
  EXPECT_EQ(b.shape(cell[0]), (Shape{7, 2, -1, 12}));
  EXPECT_EQ(b.shape(cell[2]), (Shape{2, -1, 12}));
}

TEST(Shapes, FusedOperatorsOfOnnxruntime) {
  const std::string microsoft = "com.microsoft";
  Builder b;
  const ValueId ids = b.input({-1, 9}, DType::i32);
  const auto embedded = b.nodes("EmbedLayerNormalization", {ids, ids, b.weight({50, 32}), b.weight({20, 32})}, 2, {}, microsoft, 1);
  const ValueId attended =
      b.node("Attention", {embedded[0], b.weight({32, 96}), b.weight({96})}, {{"num_heads", std::int64_t{4}}}, microsoft, 1);
  const ValueId normed = b.node("SkipLayerNormalization", {attended, embedded[0], b.weight({32})}, {}, microsoft, 1);
  const ValueId gelu = b.node("BiasGelu", {normed, b.weight({32})}, {}, microsoft, 1);
  const ValueId conv =
      b.node("FusedConv", {b.input({1, 3, 8, 8}), b.weight({4, 3, 3, 3})}, {{"activation", std::string("Relu")}}, microsoft, 1);
  b.infer();
  EXPECT_EQ(b.shape(gelu), (Shape{-1, 9, 32}));
  EXPECT_EQ(b.shape(conv), (Shape{1, 4, 6, 6}));
}

TEST(Shapes, WhatDependsOnContentsIsTold) {
  Builder b;
  const ValueId ids = b.input({-1, -1}, DType::i64);
  const ValueId length = b.node("Gather", {b.node("Shape", {ids}), b.scalar(1)});
  const ValueId positions = b.node("Range", {b.scalar(0), length, b.scalar(1)});
  const ValueId mask = b.node("Less", {positions, b.node("Unsqueeze", {positions, b.list({1})})});
  const ValueId token = b.node("Gather", {b.weight({50, 8}), ids});
  const ValueId place = b.node("Gather", {b.weight({20, 8}), positions});
  const ValueId counted = b.node("Size", {token});
  b.infer();
  EXPECT_FALSE(b.at(mask).data_dependent);
  EXPECT_FALSE(b.at(place).data_dependent);
  EXPECT_FALSE(b.at(counted).data_dependent);
  EXPECT_TRUE(b.at(token).data_dependent);
  EXPECT_TRUE(b.at(ids).data_dependent);
  EXPECT_EQ(b.shape(token), (Shape{-1, -1, 8}));
  EXPECT_EQ(b.shape(place), (Shape{-1, 8}));
  EXPECT_EQ(b.at(mask).dtype, DType::boolean);
}

TEST(Shapes, BranchesJoin) {
  Builder b;
  const ValueId same = b.node("Merge", {b.input({2, 3}), b.input({2, 5})}, {}, "evenkeel", 1);
  const ValueId other = b.node("Merge", {b.input({2, 3}), b.input({2})}, {}, "evenkeel", 1);
  const ValueId numbers = b.node("Merge", {b.list({1, 2}), b.list({1, 2})}, {}, "evenkeel", 1);
  b.infer();
  EXPECT_EQ(b.shape(same), (Shape{2, -1}));
  EXPECT_FALSE(b.shape(other));
  EXPECT_EQ(b.at(numbers).integers, (Ints{1, 2}));
}

TEST(Shapes, LoopThatGrowsATensorLosesThatSizeOnly) {
  Builder b;
  const ValueId initial = b.weight({1, 4});
  const ValueId carried = b.node("Carry", {initial}, {}, "evenkeel", 1);
  const ValueId grown = b.node("Concat", {carried, b.weight({1, 4})}, {{"axis", std::int64_t{0}}});
  const ValueId change = b.node("Sub", {b.node("Shape", {grown}), b.node("Shape", {carried})});
  const ValueId result = b.node("Merge", {initial, grown}, {}, "evenkeel", 1);
  const ValueId steady = b.input({2, 6});
  const ValueId kept = b.node("Carry", {steady}, {}, "evenkeel", 1);
  const ValueId stepped = b.node("Relu", {kept});
  b.node("Merge", {steady, stepped}, {}, "evenkeel", 1);
  b.infer();
  EXPECT_EQ(b.shape(carried), (Shape{-1, 4}));
  EXPECT_EQ(b.shape(result), (Shape{-1, 4}));
  EXPECT_EQ(b.shape(stepped), (Shape{2, 6}));
  EXPECT_EQ(b.at(change).integers, (Ints{1, 0}));
}

TEST(Shapes, SequencesKeepTheShapeOfTheirElements) {
  Builder b;
  const ValueId parts = b.node("SplitToSequence", {b.input({2, -1, 12}), b.scalar(4)}, {{"axis", std::int64_t{2}}});
  const ValueId part = b.node("SequenceAt", {parts, b.scalar(0)});
  const ValueId uneven = b.node("SequenceAt", {b.node("SplitToSequence", {b.input({5}), b.list({2, 3})}), b.scalar(1)});
  b.infer();
  EXPECT_EQ(b.shape(part), (Shape{2, -1, 4}));
  EXPECT_EQ(b.shape(uneven), (Shape{-1}));
}

TEST(Shapes, StatedShapesFillGapsOnly) {
  Builder b;
  const ValueId unheard = b.node("Unheard", {b.input({2})});
  const ValueId relu = b.node("Relu", {b.input({-1, 3})});
  const ValueId wrong = b.node("Relu", {b.input({2, 3})});
  b.graph.values[static_cast<std::size_t>(unheard)].shape = Shape{7, -1};
  b.graph.values[static_cast<std::size_t>(relu)].shape = Shape{5, -1};
  b.graph.values[static_cast<std::size_t>(wrong)].shape = Shape{2, 4};
  b.infer();
  const auto first = b.graph.values;
  b.infer();  // a second run finds the same
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].shape, b.graph.values[i].shape);
  EXPECT_EQ(b.shape(unheard), (Shape{7, -1}));
  EXPECT_EQ(b.shape(relu), (Shape{5, 3}));
  EXPECT_EQ(b.shape(wrong), (Shape{2, 3}));
}

TEST(Shapes, OddInputIsHarmless) {
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  Builder b;
  const ValueId x = b.input({huge, huge, -7});
  const ValueId counted = b.node("Size", {x});
  b.node("Reshape", {x, b.list({huge, 0, -1, -1, std::numeric_limits<std::int64_t>::min()})});
  b.node("Transpose", {x}, {{"perm", Ints{0, 9, -20}}});
  b.node("Unsqueeze", {x, b.list({0, 0})});
  b.node("Slice", {x, b.list({huge}), b.list({-huge}), b.list({0}), b.list({0})});
  b.node("Conv", {x, b.weight({8, 3, 3, 3})}, {{"strides", Ints{0}}, {"pads", Ints{-1}}});
  b.node("Conv", {b.input({1, 3, 2, 2}), b.weight({8, 3, 3, 3})});
  b.node("Einsum", {x}, {{"equation", std::string("->,,..")}});
  b.node("Split", {x}, {{"axis", std::int64_t{9}}});
  b.node("Pad", {b.input({1}), b.list({huge, huge})});
  b.node("ConstantOfShape", {b.list({huge, huge})});
  b.node("Range", {b.scalar(0), b.scalar(huge), b.scalar(1)});
  b.node("Div", {b.scalar(std::numeric_limits<std::int64_t>::min()), b.scalar(-1)});
  b.node("Mod", {b.scalar(3), b.scalar(0)});
  b.node("DepthToSpace", {b.input({1, 2, 3, 4})}, {{"blocksize", std::int64_t{0}}});
  b.node("OneHot", {x, b.scalar(-5), x}, {{"axis", std::int64_t{77}}});
  b.node("Tile", {b.input({huge}), b.list({huge})});
  for (const char* op :
       {"Add", "MatMul", "Gather", "Concat", "LSTM", "Where", "Reshape", "TopK", "Resize", "Attention", "BatchNormalization"}) {
    b.node(op, {});
    b.node(op, {absent, 12345});
  }
  for (const char* op : {"Merge", "Carry", "ScanElement", "ScanStack"}) b.node(op, {}, {}, "evenkeel", 1);
  const ValueId clash = b.node("Add", {b.input({2}), b.input({3})});
  EXPECT_NO_THROW(b.infer());
  EXPECT_FALSE(b.at(counted).integers);
  EXPECT_FALSE(b.shape(clash));
  for (const Value& value : b.graph.values) {
    if (!value.shape || value.graph_input) continue;
    for (const std::int64_t size : *value.shape) EXPECT_GE(size, -1);
  }
}

TEST(Shapes, ContentsAreCappedAt4096Elements) {
  Builder b;
  const ValueId most = b.node("Range", {b.scalar(0), b.scalar(4096), b.scalar(1)});
  const ValueId more = b.node("Range", {b.scalar(0), b.scalar(4097), b.scalar(1)});
  b.infer();
  ASSERT_TRUE(b.at(most).integers);
  EXPECT_EQ(b.at(most).integers->back(), 4095);
  EXPECT_FALSE(b.at(more).integers);
  EXPECT_EQ(b.shape(more), (Shape{4097}));
}

}  // namespace
}  // namespace evenkeel
