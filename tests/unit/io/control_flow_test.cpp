// SPDX-License-Identifier: Apache-2.0
// If, Loop, Scan and SequenceMap become pseudo operators; names around a body stay visible in it.
#include <gtest/gtest.h>

#include "evenkeel/io/model.hpp"
#include "models/onnx_builder.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

Model read(const OnnxBuilder& builder) {
  const TemporaryFolder folder;
  return read_model(folder.write("model.onnx", builder.model()));
}

const Node& producer_of(const Graph& graph, const std::string& value) {
  return graph.nodes[static_cast<std::size_t>(graph.find_value(value)->producer)];
}

const std::string& input_name(const Graph& graph, const Node& node, std::size_t slot) {
  return graph.values[static_cast<std::size_t>(node.inputs[slot])].name;
}

TEST(ControlFlow, IfIsMerged) {
  GraphBuilder yes;
  yes.initializer("w", {4}, std::vector<float>{1, 2, 3, 4}).node("Add", {"x", "w"}, {"t"}).output("t");
  GraphBuilder no;
  no.node("Constant", {}, {"w"}, {tensor("value", tensor_proto("", {4}, std::vector<float>{5, 6, 7, 8}))});
  no.node("Mul", {"x", "w"}, {"e"}).output("e");
  OnnxBuilder b;
  b.input("x")
      .input("c", DType::boolean, {})
      .node("If", {"c"}, {"y"}, {graph("then_branch", yes), graph("else_branch", no)}, {"pick", "", {}});
  b.output("y");
  const Graph read_graph = read(b).graph;
  const Node& merge = producer_of(read_graph, "y");
  EXPECT_EQ(merge.op, "Merge");
  EXPECT_EQ(merge.domain, "evenkeel");
  EXPECT_EQ(input_name(read_graph, merge, 0), "t");
  EXPECT_EQ(input_name(read_graph, merge, 1), "e");
  ASSERT_EQ(read_graph.tensors.size(), 2U);
  EXPECT_EQ(read_graph.tensors[0].name, "w");
  EXPECT_EQ(read_graph.tensors[0].where, "pick/then_branch");
  EXPECT_EQ(read_graph.tensors[1].name, "pick/else_branch/w") << "inner names that clash get their place as a prefix";
  EXPECT_EQ(input_name(read_graph, producer_of(read_graph, "t"), 0), "x");
}

TEST(ControlFlow, LoopCarriesAndStacks) {
  GraphBuilder body;
  body.input("i", DType::i64, {}).input("cond", DType::boolean, {}).input("h");
  body.node("Add", {"h", "w"}, {"next"}).node("Relu", {"next"}, {"seen"}).node("Identity", {"cond"}, {"go"});
  body.output("go").output("next").output("seen");
  OnnxBuilder b;
  b.initializer("w", {4}, std::vector<float>{1, 2, 3, 4}).initializer("n", {}, std::vector<std::int64_t>{3}).input("x");
  b.node("Loop", {"n", "", "x"}, {"last", "all"}, {graph("body", body)}, {"loop", "", {}}).output("last").output("all");
  const Graph read_graph = read(b).graph;
  const Node& carry = producer_of(read_graph, "h");
  EXPECT_EQ(carry.op, "Carry");
  EXPECT_EQ(input_name(read_graph, carry, 0), "x");
  const Node& last = producer_of(read_graph, "last");
  EXPECT_EQ(last.op, "Merge");
  EXPECT_EQ(input_name(read_graph, last, 0), "x");
  EXPECT_EQ(input_name(read_graph, last, 1), "next");
  EXPECT_EQ(producer_of(read_graph, "all").op, "ScanStack");
  EXPECT_EQ(input_name(read_graph, producer_of(read_graph, "next"), 1), "w") << "names around the body are visible in it";
}

TEST(ControlFlow, ScanSlicesAndStacks) {
  GraphBuilder body;
  body.input("h").input("e").node("Add", {"h", "e"}, {"next"}).node("Relu", {"next"}, {"seen"}).output("next").output("seen");
  OnnxBuilder b;
  b.input("x").input("s").node("Scan", {"x", "s"}, {"last", "all"}, {graph("body", body), integer("num_scan_inputs", 1)});
  b.output("last").output("all");
  const Graph read_graph = read(b).graph;
  EXPECT_EQ(producer_of(read_graph, "h").op, "Carry");
  EXPECT_EQ(producer_of(read_graph, "e").op, "ScanElement");
  EXPECT_EQ(input_name(read_graph, producer_of(read_graph, "e"), 0), "s");
  EXPECT_EQ(producer_of(read_graph, "last").op, "Merge");
  EXPECT_EQ(producer_of(read_graph, "all").op, "ScanStack");
}

TEST(ControlFlow, SequenceMapSlicesAndStacks) {
  GraphBuilder body;
  body.input("e").input("k").node("Add", {"e", "k"}, {"r"}).output("r");
  OnnxBuilder b;
  b.input("x").initializer("w", {4}, std::vector<float>{1, 2, 3, 4}).node("SequenceConstruct", {"x"}, {"s"});
  b.node("SequenceMap", {"s", "w"}, {"y"}, {graph("body", body)}).output("y");
  const Graph read_graph = read(b).graph;
  EXPECT_EQ(producer_of(read_graph, "e").op, "ScanElement");
  EXPECT_EQ(producer_of(read_graph, "y").op, "ScanStack");
  EXPECT_EQ(input_name(read_graph, producer_of(read_graph, "r"), 1), "w");
}

TEST(ControlFlow, BodiesThatDoNotFit) {
  GraphBuilder body;
  body.input("i", DType::i64, {}).node("Identity", {"i"}, {"o"}).output("o");
  OnnxBuilder b;
  b.input("x").node("Loop", {"", "", "x"}, {"y"}, {graph("body", body)}).output("y");
  const auto error = caught([&] { (void)read(b); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::bad_file);
}

}  // namespace
}  // namespace evenkeel::test
