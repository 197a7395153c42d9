// SPDX-License-Identifier: Apache-2.0
// Local functions are written out where they are called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/io/model.hpp"
#include "models/onnx_builder.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

std::string numbered(std::string letter, int number) { return letter.append(std::to_string(number)); }

Model read(const OnnxBuilder& builder) {
  const TemporaryFolder folder;
  return read_model(folder.write("model.onnx", builder.model()));
}

TEST(Functions, CallsAreInlinedWithTheirAttributes) {
  FunctionBuilder leaky("my", "Leaky", {"in", "w"}, {"out"}, {"slope"});
  leaky.node("MatMul", {"in", "w"}, {"h"}).node("LeakyRelu", {"h"}, {"out"}, {reference("alpha", "slope", 1)});
  OnnxBuilder b;
  b.function(leaky).input("x").initializer("w1", {4, 4}, std::vector<float>(16)).initializer("w2", {4, 4}, std::vector<float>(16));
  b.node("Leaky", {"x", "w1"}, {"a"}, {real("slope", 0.25F)}, {"first", "my", {}});
  b.node("Leaky", {"a", "w2"}, {"y"}, {}, {"second", "my", {}}).output("y");
  const Graph graph = read(b).graph;
  ASSERT_EQ(graph.nodes.size(), 4U);
  EXPECT_EQ(graph.nodes[1].op, "LeakyRelu");
  EXPECT_EQ(real_of(graph.nodes[1], "alpha", 0), 0.25);
  EXPECT_EQ(real_of(graph.nodes[3], "alpha", -1), -1) << "an attribute that the caller leaves out is left out";
  EXPECT_EQ(graph.find_value("y")->producer, 3);
  EXPECT_EQ(graph.find_value("w2")->uses.at(0).node, 2);
  EXPECT_NE(graph.find_value("h"), nullptr);
  EXPECT_NE(graph.find_value("second/h"), nullptr);
}

TEST(Functions, DefaultsOverloadsAndNesting) {
  FunctionBuilder inner("my", "Act", {"i"}, {"o"});
  inner.standard(real("a", 0.5F)).node("LeakyRelu", {"i"}, {"o"}, {reference("alpha", "a", 1)});
  FunctionBuilder other("my", "Act", {"i"}, {"o"});
  other.overload("two").node("Tanh", {"i"}, {"o"});
  FunctionBuilder outer("my", "Block", {"i"}, {"o"});
  outer.node("Act", {"i"}, {"o"}, {}, {"act", "my", {}});
  OnnxBuilder b;
  b.function(inner).function(other).function(outer).input("x").node("Block", {"x"}, {"y"}, {}, {"b", "my", {}}).output("y");
  const Graph graph = read(b).graph;
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].op, "LeakyRelu");
  EXPECT_EQ(real_of(graph.nodes[0], "alpha", 0), 0.5);
}

TEST(Functions, ATensorInAFunctionIsOneTensorForAllCalls) {
  FunctionBuilder shift("my", "Shift", {"i"}, {"o"});
  shift.node("Constant", {}, {"c"}, {tensor("value", tensor_proto("", {4}, std::vector<float>{1, 2, 3, 4}))})
      .node("Add", {"i", "c"}, {"o"});
  OnnxBuilder b;
  b.function(shift)
      .input("x")
      .node("Shift", {"x"}, {"a"}, {}, {"s1", "my", {}})
      .node("Shift", {"a"}, {"y"}, {}, {"s2", "my", {}})
      .output("y");
  const Graph graph = read(b).graph;
  ASSERT_EQ(graph.tensors.size(), 1U);
  EXPECT_EQ(graph.tensors[0].where, "s1");
  const auto tensor_of = [&](std::size_t node) { return graph.values[static_cast<std::size_t>(graph.nodes[node].inputs[1])].tensor; };
  EXPECT_EQ(tensor_of(0), 0);
  EXPECT_EQ(tensor_of(1), 0);
}

TEST(Functions, IdentityInAFunctionHandsTensorsOn) {
  FunctionBuilder pass("my", "Pass", {"i", "w"}, {"o"});
  pass.node("Identity", {"w"}, {"v"}).node("Add", {"i", "v"}, {"o"});
  OnnxBuilder b;
  b.function(pass).input("x").initializer("w", {4}, std::vector<float>(4)).node("Pass", {"x", "w"}, {"y"}, {}, {"", "my", {}}).output("y");
  const Graph graph = read(b).graph;
  ASSERT_EQ(graph.tensors.size(), 1U);
  EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.nodes[0].inputs[1])].tensor, 0);
}

TEST(Functions, RecursionAndGrowthAreRefused) {
  FunctionBuilder self("my", "Self", {"i"}, {"o"});
  self.node("Self", {"i"}, {"o"}, {}, {"", "my", {}});
  OnnxBuilder b;
  b.function(self).input("x").node("Self", {"x"}, {"y"}, {}, {"", "my", {}}).output("y");
  const auto recursion = caught([&] { (void)read(b); });
  ASSERT_TRUE(recursion);
  EXPECT_EQ(recursion->code, ErrorCode::bad_file);

  OnnxBuilder bomb;  // 40 functions that call the next one eight times: 8^40 nodes
  for (int level = 0; level < 40; ++level) {
    FunctionBuilder f("my", numbered("F", level), {"i"}, {"o"});
    const std::string next = numbered("F", level + 1);
    std::string value = "i";
    for (int i = 0; i < 8; ++i) {
      const std::string out = i == 7 ? "o" : numbered("v", i);
      f.node(level == 39 ? "Relu" : next, {value}, {out}, {}, {"", level == 39 ? "" : "my", {}});
      value = out;
    }
    bomb.function(f);
  }
  bomb.input("x").node("F0", {"x"}, {"y"}, {}, {"", "my", {}}).output("y");
  const auto growth = caught([&] { (void)read(bomb); });
  ASSERT_TRUE(growth);
  EXPECT_THAT(growth->message, testing::HasSubstr("beyond all bounds"));
}

}  // namespace
}  // namespace evenkeel::test
