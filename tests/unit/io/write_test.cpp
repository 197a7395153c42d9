// SPDX-License-Identifier: Apache-2.0
// Writing changes the replaced data and the lengths around them, and nothing else.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "models/message_walker.hpp"
#include "unit/io/write_fixture.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

OnnxBuilder dense(Store store = Store::raw) {
  OnnxBuilder b;
  b.input("x", DType::f32, {-1, 2}).output("y").field(777, "unknown to everyone");
  b.initializer("w", {2, 2}, std::vector<float>{1, 2, 3, 4}, DType::f32, store).initializer("k", {2}, std::vector<float>{8, 9});
  b.node("Gemm", {"x", "w", "k"}, {"y"}, {integer("transB", 1)}, {"fc", "", {"key", "value"}});
  b.metadata("author", "me").model_field(900, "later fields too");
  return b;
}

TEST_F(WriteTest, NothingReplacedIsTheSameFile) {
  for (const Store store : {Store::raw, Store::typed, Store::unpacked}) {
    const Model model = read(dense(store));
    write_model(model, folder_ / "out.onnx", {}, {.overwrite = true});
    EXPECT_EQ(bytes("out.onnx"), bytes("in.onnx"));
  }
}

TEST_F(WriteTest, OnlyTheReplacedBytesChange) {
  const Model model = read(dense());
  const Model written = rewrite(model, {{"w", {5, 6, 7, 8}}});
  EXPECT_THAT(numbers_in(written, "w"), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(numbers_in(written, "k"), ElementsAre(8, 9));
  const std::string before = bytes("in.onnx");
  std::string after = bytes("out.onnx");
  ASSERT_EQ(after.size(), before.size());
  const std::size_t at = before.find(std::string("\x00\x00\x80\x3f\x00\x00\x00\x40", 8));
  ASSERT_NE(at, std::string::npos);
  after.replace(at, 16, before, at, 16);
  EXPECT_EQ(after, before);
}

TEST_F(WriteTest, TypedDataBecomeRawDataAndOtherFieldsStay) {
  for (const Store store : {Store::typed, Store::unpacked}) {
    const Model model = read(dense(store));
    const Model written = rewrite(model, {{"w", {5, 6, 7, 8}}}, {.overwrite = true});
    EXPECT_THAT(numbers_in(written, "w"), ElementsAre(5, 6, 7, 8));
    const auto before = fields_of(bytes("in.onnx"));
    const auto after = fields_of(bytes("out.onnx"));
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) { EXPECT_TRUE(before[i].tag == 7 || after[i] == before[i]); }
    const auto graph_before = fields_of(first(bytes("in.onnx"), 7));
    const auto graph_after = fields_of(first(bytes("out.onnx"), 7));
    ASSERT_EQ(graph_after.size(), graph_before.size());
    int changed = 0;
    for (std::size_t i = 0; i < graph_before.size(); ++i) changed += graph_after[i] == graph_before[i] ? 0 : 1;
    EXPECT_EQ(changed, 1);
    const std::string tensor = first(first(bytes("out.onnx"), 7), 5);
    EXPECT_TRUE(all(tensor, 4).empty());
    EXPECT_EQ(first(tensor, 9).size(), 16U);
    EXPECT_EQ(first(tensor, 8), "w");
  }
}

TEST_F(WriteTest, LengthsAcrossVarintBoundaries) {
  // 31 floats: 124 bytes; with tag and length around the borders of one and two byte lengths, on both ways (unpacked floats take 5 bytes
  // each).
  for (const std::int64_t count : {24, 25, 26, 30, 31, 32, 33, 3276, 3277, 4090, 4095, 4096, 4097}) {
    for (const Store store : {Store::typed, Store::unpacked}) {
      OnnxBuilder b;
      b.initializer("w", {count}, std::vector<float>(static_cast<std::size_t>(count), 1), DType::f32, store);
      b.node("Identity", {"w"}, {"y"}).output("y").metadata("a", "b");
      const Model model = read(b);
      const Model written = rewrite(model, {{"w", std::vector<float>(static_cast<std::size_t>(count), 2)}}, {.overwrite = true});
      EXPECT_THAT(numbers_in(written, "w"), testing::Each(2.0)) << count;
      EXPECT_EQ(written.metadata.at("a"), "b");
    }
  }
}

TEST_F(WriteTest, ConstantsOfEveryKindGetATensor) {
  OnnxBuilder b;
  b.initializer("shape", {2}, std::vector<std::int64_t>{2, 1});
  b.node("Constant", {}, {"a"}, {tensor("value", tensor_proto("", {2}, std::vector<float>{3, 4}))}, {"na", "", {}});
  b.node("Constant", {}, {"f"}, {real("value_float", 2.5F)}).node("Constant", {}, {"fs"}, {reals("value_floats", {1, 2})});
  b.node("ConstantOfShape", {"shape"}, {"c"}, {tensor("value", tensor_proto("", {1}, std::vector<float>{0.02F}))}, {"nc", "", {"k", "v"}});
  b.node("ConstantOfShape", {"shape"}, {"z"}).node("Identity", {"a"}, {"i"}, {}, {"ni", "", {}});
  const Model model = read(b);
  const Model written = rewrite(model, {{"a", {30, 40}}, {"f", {9}}, {"fs", {7, 8}}, {"c", {1, 2}}, {"z", {3, 4}}, {"i", {5, 6}}});
  EXPECT_THAT(numbers_in(written, "a"), ElementsAre(30, 40));
  EXPECT_THAT(numbers_in(written, "f"), ElementsAre(9));
  EXPECT_THAT(numbers_in(written, "fs"), ElementsAre(7, 8));
  EXPECT_THAT(numbers_in(written, "c"), ElementsAre(1, 2));
  EXPECT_THAT(numbers_in(written, "z"), ElementsAre(3, 4));
  EXPECT_THAT(numbers_in(written, "i"), ElementsAre(5, 6));
  const auto nodes = all(first(bytes("out.onnx"), 7), 1);
  for (const std::string& node : nodes) EXPECT_EQ(first(node, 4), "Constant");
  EXPECT_EQ(first(nodes[3], 3), "nc");
  EXPECT_EQ(all(nodes[3], 9), all(all(first(bytes("in.onnx"), 7), 1)[3], 9)) << "metadata of the node stays";
  EXPECT_TRUE(all(nodes[3], 1).empty());
  EXPECT_EQ(written.graph.tensors[static_cast<std::size_t>(tensor_named(written, "f"))].shape, Shape{});
  EXPECT_EQ(written.graph.tensors[static_cast<std::size_t>(tensor_named(written, "c"))].shape, (Shape{2, 1}));
}

TEST_F(WriteTest, AnAliasKeepsItsValuesWhenTheOneBeforeIsReplaced) {
  OnnxBuilder b;
  b.initializer("a", {2}, std::vector<float>{1, 2}).node("Identity", {"a"}, {"b"}).node("Identity", {"b"}, {"c"}).output("c");
  const Model model = read(b);
  const Model written = rewrite(model, {{"b", {5, 6}}});
  EXPECT_THAT(numbers_in(written, "a"), ElementsAre(1, 2));
  EXPECT_THAT(numbers_in(written, "b"), ElementsAre(5, 6));
  EXPECT_THAT(numbers_in(written, "c"), ElementsAre(1, 2));
}

TEST_F(WriteTest, TensorsInBodiesAndFunctions) {
  GraphBuilder yes;
  yes.initializer("w", {4}, std::vector<float>{1, 2, 3, 4}, DType::f32, Store::typed).node("Add", {"x", "w"}, {"t"}).output("t");
  GraphBuilder no;
  no.node("Constant", {}, {"v"}, {tensor("value", tensor_proto("", {4}, std::vector<float>{5, 6, 7, 8}))})
      .node("Mul", {"x", "v"}, {"e"})
      .output("e");
  FunctionBuilder shift("my", "Shift", {"i"}, {"o"});
  shift.node("Constant", {}, {"s"}, {reals("value_floats", {1, 2, 3, 4})}).node("Add", {"i", "s"}, {"o"});
  OnnxBuilder b;
  b.function(shift).input("x").input("c", DType::boolean, {});
  b.node("If", {"c"}, {"m"}, {graph("then_branch", yes), graph("else_branch", no)})
      .node("Shift", {"m"}, {"y"}, {}, {"f", "my", {}})
      .output("y");
  const Model written = rewrite(read(b), {{"w", {9, 9, 9, 9}}, {"v", {8, 8, 8, 8}}, {"s", {7, 7, 7, 7}}});
  EXPECT_THAT(numbers_in(written, "w"), testing::Each(9.0));
  EXPECT_THAT(numbers_in(written, "v"), testing::Each(8.0));
  EXPECT_THAT(numbers_in(written, "s"), testing::Each(7.0));
}

TEST_F(WriteTest, MetadataIsSetAndReplaced) {
  const Model model = read(dense());
  const Model written = rewrite(model, {}, {.metadata = {{"author", "you"}, {"evenkeel.plan", std::string(1000, 'p')}}});
  EXPECT_EQ(written.metadata.at("author"), "you");
  EXPECT_EQ(written.metadata.at(std::string(manifest_key)), std::string(1000, 'p'));
  EXPECT_EQ(all(bytes("out.onnx"), 14).size(), 2U);
  const Model again = rewrite(written, {}, {.metadata = {{"evenkeel.plan", "q"}}}, "again.onnx");
  EXPECT_EQ(again.metadata.at("evenkeel.plan"), "q");
  EXPECT_EQ(all(bytes("again.onnx"), 14).size(), 2U);
  EXPECT_EQ(first(bytes("out.onnx"), 900), "later fields too");
}

TEST_F(WriteTest, SplitsGiveUsesATensorOfTheirOwn) {
  for (const std::int64_t ir_version : {3, 8}) {
    OnnxBuilder b;
    b.ir_version = ir_version;
    b.initializer("w", {2}, std::vector<float>{1, 2}).input("x", DType::f32, {2});
    b.node("Add", {"x", "w"}, {"a"}).node("Mul", {"w", "a"}, {"y"}).output("y");
    const Model model = read(b);
    const Use second = model.graph.find_value("w")->uses.at(1);
    WriteOptions options{.overwrite = true};
    options.splits.push_back({tensor_named(model, "w"), "w.2", {second}, floats({7, 8})});
    const Model written = rewrite(model, {{"w", {5, 6}}}, options);
    EXPECT_THAT(numbers_in(written, "w"), ElementsAre(5, 6));
    EXPECT_THAT(numbers_in(written, "w.2"), ElementsAre(7, 8));
    EXPECT_EQ(written.graph.find_value("w.2")->uses.size(), 1U);
    EXPECT_EQ(written.graph.find_value("w")->uses.size(), 1U);
    EXPECT_EQ(written.graph.inputs.size(), 1U) << "the graph's inputs stay as they are";
  }
}

TEST_F(WriteTest, WritingOverTheInputIsSafe) {
  const Model model = read(dense());
  const Model written = rewrite(model, {{"w", {5, 6, 7, 8}}}, {.overwrite = true}, "in.onnx");
  EXPECT_THAT(numbers_in(written, "w"), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(numbers_in(model, "w"), ElementsAre(1, 2, 3, 4)) << "what was read stays readable";
  EXPECT_EQ(folder_.file_count(), 1U);
}

TEST_F(WriteTest, AnExistingFileIsNotReplacedUnasked) {
  const Model model = read(dense());
  const std::string before = bytes("in.onnx");
  const auto error = caught([&] { (void)rewrite(model, {{"w", {5, 6, 7, 8}}}, {}, "in.onnx"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::invalid_argument);
  EXPECT_THAT(error->message, HasSubstr("--force"));
  EXPECT_EQ(bytes("in.onnx"), before);
}

TEST_F(WriteTest, AFailureLeavesNothingBehind) {
  const Model model = read(dense());
  const Replacement broken{tensor_named(model, "w"),
                           {[](std::uint64_t, std::span<std::byte>) { throw std::runtime_error("no values"); }, 0}};
  EXPECT_THROW(write_model(model, folder_ / "out.onnx", {&broken, 1}), std::runtime_error);
  EXPECT_EQ(folder_.file_count(), 1U);
  const auto missing = caught([&] { write_model(model, folder_ / "no/such/out.onnx", {}); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code, ErrorCode::output);
  const auto device = caught([&] { write_model(model, "/dev/null", {}, {.overwrite = true}); });
  ASSERT_TRUE(device);
  EXPECT_EQ(device->code, ErrorCode::output);
}

TEST_F(WriteTest, AFullDiskLeavesNothingBehind) {
  OnnxBuilder b;
  b.initializer("w", {1 << 20}, std::vector<float>(1 << 20, 1)).node("Identity", {"w"}, {"y"}).output("y");
  const Model model = read(b);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit small{1 << 20, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto error = caught([&] { write_model(model, folder_ / "out.onnx", {}); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::output);
  EXPECT_THAT(error->message, HasSubstr("free some space"));
  EXPECT_EQ(folder_.file_count(), 1U);
}

TEST_F(WriteTest, AForbiddenFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const Model model = read(dense());
  std::filesystem::create_directory(folder_ / "closed");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto error = caught([&] { write_model(model, folder_ / "closed/out.onnx", {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::output);
}

TEST_F(WriteTest, MisuseIsRefused) {
  const Model model = read(dense());
  const std::vector<Replacement> twice{{0, floats({1, 2, 3, 4})}, {0, floats({1, 2, 3, 4})}};
  const auto doubled = caught([&] { write_model(model, folder_ / "out.onnx", twice); });
  ASSERT_TRUE(doubled);
  EXPECT_EQ(doubled->code, ErrorCode::invalid_argument);
  const Replacement nobody{99, floats({})};
  const auto unknown = caught([&] { write_model(model, folder_ / "out.onnx", {&nobody, 1}); });
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->code, ErrorCode::invalid_argument);
  const auto no_writer = caught([&] { write_model({}, folder_ / "out.onnx", {}); });
  ASSERT_TRUE(no_writer);
  EXPECT_EQ(folder_.file_count(), 1U);
}

TEST_F(WriteTest, ProgressEndsAtTheSizeOfTheFile) {
  std::int64_t last = 0;
  std::int64_t total = -1;
  WriteOptions options;
  options.progress = [&](std::int64_t done, std::int64_t all_bytes) {
    EXPECT_GE(done, last);
    last = done;
    total = all_bytes;
  };
  (void)rewrite(read(dense()), {{"w", {5, 6, 7, 8}}}, options);
  EXPECT_EQ(last, total);
  EXPECT_EQ(static_cast<std::size_t>(total), bytes("out.onnx").size());
}

}  // namespace
}  // namespace evenkeel::test
