// SPDX-License-Identifier: Apache-2.0
// What fits what, on parameters made by hand: roles decide which tensors grow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>

#include "evenkeel/base/error.hpp"
#include "unit/plan/subjects.hpp"

namespace evenkeel::testing_plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Every tensor holds zeros.
class Zeros final : public WeightSource {
 public:
  explicit Zeros(const Graph& graph) : graph_(graph) {}
  [[nodiscard]] TensorBytes read(TensorId tensor) const override {
    const StoredTensor& t = graph_.tensors[static_cast<std::size_t>(tensor)];
    const auto bytes = std::make_shared<const std::vector<std::byte>>(static_cast<std::size_t>(element_count(t.shape)) * size_of(t.dtype));
    return {{bytes->data(), bytes->size()}, bytes};
  }
  [[nodiscard]] bool has_values(TensorId) const override { return true; }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return std::nullopt; }

 private:
  const Graph& graph_;
};

struct File {
  Graph graph;
  Zeros weights{graph};

  File& add(const std::string& name, Shape shape, DType dtype = DType::f32) {
    graph.names_only = true;
    graph.tensors.push_back({name, "", std::move(shape), dtype, Storage::initializer, absent});
    return *this;
  }
};

Plan planned(const Model& model, const File& file, PlanOptions options = {}) {
  options.from = StoredFile{"f.safetensors", &file.graph, &file.weights, nullptr};
  return model.plan("auto", options);
}

std::string status(const Plan& plan, std::size_t i) {
  return plan.parameters[i].source ? std::string(to_string(plan.parameters[i].source->status)) : "none";
}

TEST(From, EveryStatus) {
  Model model;
  model.add(dense(8, 4), "a").add(dense(8, 4), "b").add(dense(8, 4), "c").add(weight(Role::embedding, "VO", {12, 4}), "e");
  File file;
  file.add("a", {8, 4}).add("b", {9, 4}).add("e", {10, 4}).add("spare", {1});
  const Plan plan = planned(model, file);
  EXPECT_EQ(status(plan, 0), "taken");
  EXPECT_EQ(status(plan, 1), "did not fit");
  EXPECT_EQ(status(plan, 2), "new");
  EXPECT_EQ(status(plan, 3), "extended");
  EXPECT_TRUE(is_taken(plan.parameters[0]));
  EXPECT_THAT(plan.parameters[1].reason, HasSubstr("stored (9, 4), wanted (8, 4)"));
  EXPECT_THAT(plan.parameters[3].reason, HasSubstr("10 of 12 along axis 0"));
  EXPECT_THAT(plan.unused, ElementsAre("spare"));
  EXPECT_EQ(to_json(parse_plan(to_json(plan), "p.json")), to_json(plan));
}

TEST(From, WhatGrowsWithoutBeingAsked) {
  Model model;
  Parameter head = dense(12, 4), other = dense(12, 4);
  model.add(weight(Role::embedding, "VO", {12, 4}), "e")
      .add(head, "head")
      .add(vector(Role::bias, 12), "bias")
      .add(dense(4, 12), "inner")
      .add(weight(Role::position_embedding, "", {1, 12, 4}), "positions")
      .add(vector(Role::norm_scale, 12), "norm");
  File file;
  file.add("e", {10, 4}).add("head", {10, 4}).add("bias", {10}).add("inner", {4, 10}).add("positions", {1, 10, 4}).add("norm", {10});
  const Plan plan = planned(model, file);
  const std::vector<std::string> wanted = {"extended", "extended", "extended", "did not fit", "extended", "did not fit"};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(status(plan, i), wanted[i]) << plan.parameters[i].name;
  PlanOptions options;
  options.extend = {"inner"};
  EXPECT_EQ(status(planned(model, file, options), 3), "extended");
}

TEST(From, ClassifiersDoNotGrow) {
  Model model;
  model.add(dense(12, 4), "head").add(dense(4, 4), "body");
  File file;
  file.add("head", {10, 4}).add("body", {4, 4});
  EXPECT_EQ(status(planned(model, file), 0), "did not fit");
}

TEST(From, ConstantsOfAGraphAreNotTaken) {
  Model model;
  model.add(dense(4, 4), "w").add(vector(Role::constant, 3), "mask").add(vector(Role::quantized, 3), "q", DType::i8);
  File file;
  file.add("w", {4, 4}).add("mask", {3}).add("q", {3}, DType::i8);
  Plan plan = planned(model, file);
  EXPECT_EQ(status(plan, 1), "none");
  EXPECT_EQ(status(plan, 2), "none");
  EXPECT_THAT(plan.unused, IsEmpty());
  EXPECT_THAT(plan.warnings, ::testing::Contains(HasSubstr("fixed numbers of the model's graph")));
  model.graph.names_only = true;
  plan = planned(model, file);
  EXPECT_EQ(status(plan, 1), "taken");
  EXPECT_EQ(status(plan, 2), "taken");
}

TEST(From, WholeNumbersOfFilesWithoutAGraph) {
  Model model;
  model.add(dense(4, 4), "w");
  model.graph.names_only = true;
  model.graph.tensors.push_back({"count", "", {}, DType::i64, Storage::initializer, absent});
  model.graph.tensors.push_back({"ids", "", {1, 8}, DType::i64, Storage::initializer, absent});
  File file;
  file.add("w", {4, 4}).add("count", {}, DType::i64).add("ids", {1, 4}, DType::i64);
  const Plan plan = planned(model, file);
  ASSERT_EQ(plan.parameters.size(), 3U);
  EXPECT_EQ(status(plan, 1), "taken");
  EXPECT_EQ(status(plan, 2), "did not fit");
  EXPECT_THAT(plan.parameters[2].reason, HasSubstr("Stays as stored"));
}

TEST(From, FoldedNormsGoWithTheirBias) {
  Model model;
  Parameter folded = conv(8, 4), bias = vector(Role::bias, 8);
  folded.folded_norm = bias.folded_norm = true;
  bias.bias_of = 0;
  model.add(folded, "conv.weight").add(bias, "conv.weight_bias").add(dense(4, 4), "fc");
  File apart;
  apart.add("conv.weight", {8, 4, 3, 3}).add("bn.weight", {8}).add("fc", {4, 4});
  EXPECT_THAT(planned(model, apart).parameters[0].reason, HasSubstr("Did not fit: a batch normalization is folded into it here"));
  File together;
  together.add("conv.weight", {8, 4, 3, 3}).add("conv.weight_bias", {8}).add("fc", {4, 4});
  EXPECT_EQ(status(planned(model, together), 0), "taken");

  Model plain;
  plain.add(conv(8, 4), "conv.weight").add(vector(Role::norm_scale, 8), "bn.weight").add(dense(4, 4), "fc");
  PlanOptions options;
  options.from = StoredFile{"f.onnx", &model.graph, &together.weights, &model.analysis};
  EXPECT_THAT(plain.plan("auto", options).parameters[0].reason, HasSubstr("folded into it in the file"));
}

TEST(From, ModulesFindWhatAnExporterNumbered) {
  Model model;
  Parameter turned = weight(Role::dense, "IO", {4, 8}), table = weight(Role::embedding, "VO", {9, 4});
  turned.scope = "enc.0";
  table.scope = "wte";
  model.add(turned, "onnx::MatMul_3").add(table, "lm_head.weight");
  File file;
  file.add("enc.0.weight", {8, 4}).add("wte.weight", {9, 4});
  const Plan plan = planned(model, file);
  EXPECT_TRUE(plan.parameters[0].source->transposed);
  EXPECT_EQ(plan.parameters[0].source->name, "enc.0.weight");
  EXPECT_EQ(plan.parameters[1].source->name, "wte.weight");
  model.add(turned, "onnx::MatMul_4");  // two of one module: nobody knows which is which
  EXPECT_EQ(status(planned(model, file), 0), "new");
}

TEST(From, UnknownRolesThatAreTakenNeedNoRule) {
  Model model;
  model.add(weight(Role::unknown, "", {3, 5}), "odd");
  File file;
  file.add("odd", {3, 5});
  EXPECT_EQ(status(planned(model, file), 0), "taken");
}

TEST(From, IntegersDoNotBecomeWeights) {
  Model model;
  model.add(dense(4, 4), "w").add(dense(4, 4), "v");
  File file;
  file.add("w", {4, 4}, DType::i8).add("v", {4, 4}, DType::bf16);
  const Plan plan = planned(model, file);
  EXPECT_THAT(plan.parameters[0].reason, HasSubstr("stored int8, wanted float32"));
  EXPECT_THAT(plan.parameters[1].reason, HasSubstr("exact in float32"));
}

}  // namespace
}  // namespace evenkeel::testing_plan
