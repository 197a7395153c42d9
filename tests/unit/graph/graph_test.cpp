// SPDX-License-Identifier: Apache-2.0
// finish(): uses, producers, a stable topological order, cycles. numbers_of(): every dtype.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {
namespace {

Graph chain(const std::vector<std::pair<std::vector<ValueId>, std::vector<ValueId>>>& nodes, std::size_t values) {
  Graph graph;
  graph.values.resize(values);
  for (const auto& [inputs, outputs] : nodes) {
    Node node;
    node.name = "n" + std::to_string(graph.nodes.size());
    node.inputs = inputs;
    node.outputs = outputs;
    graph.nodes.push_back(node);
  }
  return graph;
}

TEST(Finish, KeepsASortedOrderAndFillsUses) {
  Graph graph = chain({{{0}, {1}}, {{0, absent, 1}, {2, absent}}}, 3);
  finish(graph);
  EXPECT_EQ(graph.nodes[0].name, "n0");
  EXPECT_EQ(graph.values[2].producer, 1);
  ASSERT_EQ(graph.values[0].uses.size(), 2U);
  EXPECT_EQ(graph.values[1].uses.at(0).node, 1);
  EXPECT_EQ(graph.values[1].uses.at(0).slot, 2);
  finish(graph);
  EXPECT_EQ(graph.values[0].uses.size(), 2U) << "a second call changes nothing";
}

TEST(Finish, SortsTheEarliestReadyNodeFirst) {
  Graph graph = chain({{{2}, {3}}, {{0}, {1}}, {{1}, {2}}, {{0}, {4}}}, 5);
  finish(graph);
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, testing::ElementsAre("n1", "n2", "n0", "n3"));
  EXPECT_EQ(graph.values[3].producer, 2);
  EXPECT_EQ(graph.values[2].uses.at(0).node, 2);
}

TEST(Finish, RefusesCyclesAndDoubleProducers) {
  Graph cycle = chain({{{1}, {0}}, {{0}, {1}}}, 2);
  EXPECT_THROW(finish(cycle), Error);
  Graph twice = chain({{{}, {0}}, {{}, {0}}}, 1);
  EXPECT_THROW(finish(twice), Error);
}

class Bytes final : public WeightSource {
 public:
  explicit Bytes(std::vector<std::uint8_t> content) : content_(std::move(content)) {}
  [[nodiscard]] TensorBytes read(TensorId) const override { return {std::as_bytes(std::span(content_)), nullptr}; }
  [[nodiscard]] bool has_values(TensorId) const override { return true; }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return fill; }
  std::optional<double> fill;

 private:
  std::vector<std::uint8_t> content_;
};

std::vector<double> numbers(DType dtype, const std::vector<std::uint8_t>& bytes) {
  Graph graph;
  graph.tensors.push_back({});
  graph.tensors[0].dtype = dtype;
  graph.tensors[0].shape = {static_cast<std::int64_t>(bytes.size() / size_of(dtype))};
  return numbers_of(Bytes(bytes), graph, 0, 100);
}

TEST(NumbersOf, EveryDtype) {
  using testing::ElementsAre;
  EXPECT_THAT(numbers(DType::f64, {0, 0, 0, 0, 0, 0, 0xF8, 0x3F}), ElementsAre(1.5));
  EXPECT_THAT(numbers(DType::f32, {0, 0, 0xC0, 0x3F}), ElementsAre(1.5));
  EXPECT_THAT(numbers(DType::f16, {0, 0x3E, 0, 0xBC}), ElementsAre(1.5, -1));
  EXPECT_THAT(numbers(DType::bf16, {0xC0, 0x3F}), ElementsAre(1.5));
  EXPECT_THAT(numbers(DType::f8e4m3, {0x3C}), ElementsAre(1.5));
  EXPECT_THAT(numbers(DType::f8e5m2, {0x3E}), ElementsAre(1.5));
  EXPECT_THAT(numbers(DType::i8, {0xFF, 5}), ElementsAre(-1, 5));
  EXPECT_THAT(numbers(DType::u8, {0xFF}), ElementsAre(255));
  EXPECT_THAT(numbers(DType::i16, {0xFE, 0xFF}), ElementsAre(-2));
  EXPECT_THAT(numbers(DType::u16, {0xFE, 0xFF}), ElementsAre(65534));
  EXPECT_THAT(numbers(DType::i32, {0xFE, 0xFF, 0xFF, 0xFF}), ElementsAre(-2));
  EXPECT_THAT(numbers(DType::u32, {0xFF, 0xFF, 0xFF, 0xFF}), ElementsAre(4294967295.0));
  EXPECT_THAT(numbers(DType::i64, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), ElementsAre(-1));
  EXPECT_THAT(numbers(DType::u64, {0, 0, 0, 0, 0, 0, 0, 0x80}), ElementsAre(9223372036854775808.0));
  EXPECT_THAT(numbers(DType::boolean, {0, 1, 2}), ElementsAre(0, 1, 1));
}

TEST(NumbersOf, LimitsFillsAndShortSources) {
  Graph graph;
  graph.tensors.push_back({});
  graph.tensors[0].shape = {std::int64_t{1} << 40};
  Bytes source({});
  source.fill = 0.25;
  EXPECT_THAT(numbers_of(source, graph, 0, 3), testing::ElementsAre(0.25, 0.25, 0.25)) << "a fill needs no bytes";
  source.fill.reset();
  EXPECT_THROW((void)numbers_of(source, graph, 0, 3), Error);
  EXPECT_TRUE(numbers_of(source, graph, 0, 0).empty());
  graph.tensors[0].dtype = DType::other;
  EXPECT_THROW((void)numbers_of(source, graph, 0, 3), Error);
}

}  // namespace
}  // namespace evenkeel
