// SPDX-License-Identifier: Apache-2.0
// Files that are truncated, damaged, made to do harm, or no ONNX files at all: always an error with path and place, never more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "evenkeel/io/model.hpp"
#include "models/onnx_builder.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

using testing::HasSubstr;

std::optional<Caught> error_of(const TemporaryFolder& folder, const std::string& bytes) {
  const std::string path = folder.write("model.onnx", bytes);
  return caught([&] { (void)read_model(path); });
}

/// One of everything.
OnnxBuilder rich() {
  GraphBuilder yes;
  yes.initializer("w", {4}, std::vector<float>{1, 2, 3, 4}, DType::f32, Store::typed).node("Add", {"x", "w"}, {"t"}).output("t");
  GraphBuilder no;
  no.node("Constant", {}, {"v"}, {reals("value_floats", {1, 2, 3, 4})}).node("Mul", {"x", "v"}, {"e"}).output("e");
  FunctionBuilder f("my", "F", {"i"}, {"o"}, {"a"});
  f.node("LeakyRelu", {"i"}, {"o"}, {reference("alpha", "a", 1)});
  OnnxBuilder b;
  b.function(f)
      .input("x")
      .input("c", DType::boolean, {})
      .initializer("s", {2}, std::vector<std::int64_t>{2, 4}, DType::i64, Store::unpacked);
  b.node("ConstantOfShape", {"s"}, {"z"}).node("Identity", {"s"}, {"s2"}, {}, {"/a/b/Identity", "", {"k", "v"}});
  b.node("If", {"c"}, {"m"}, {graph("then_branch", yes), graph("else_branch", no)}).node("F", {"m"}, {"y"}, {real("a", 1)}, {"", "my", {}});
  b.output("y").value_info("m", DType::f32, {-1, 4}).metadata("a", "b");
  return b;
}

TEST(Hostile, TruncatedAnywhere) {
  const TemporaryFolder folder;
  const std::string whole = rich().model();
  ASSERT_FALSE(error_of(folder, whole));
  int errors = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto error = error_of(folder, whole.substr(0, size));
    if (!error) continue;  // a cut between the fields after the graph leaves a smaller, complete model
    ++errors;
    EXPECT_EQ(error->code, ErrorCode::bad_file) << size;
    EXPECT_THAT(error->message, HasSubstr("model.onnx")) << size;
    EXPECT_THAT(error->message, HasSubstr("byte ")) << size;
  }
  EXPECT_GT(errors, static_cast<int>(whole.size() * 8 / 10));
}

TEST(Hostile, TruncationIsNamed) {
  const TemporaryFolder folder;
  const std::string whole = rich().model();
  const auto error = error_of(folder, whole.substr(0, whole.size() / 2));
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message, HasSubstr("truncated"));
  EXPECT_THAT(error->message, HasSubstr("check the download"));
}

TEST(Hostile, DamagedBytesNeverDoMoreThanFail) {
  const TemporaryFolder folder;
  const std::string whole = rich().model();
  std::mt19937 random(7);
  int errors = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    std::string damaged = whole;
    for (int i = 0; i < 1 + trial % 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto error = error_of(folder, damaged);
    if (!error) continue;
    ++errors;
    EXPECT_TRUE(error->code == ErrorCode::bad_file || error->code == ErrorCode::unsupported) << error->message;
  }
  EXPECT_GT(errors, 500);
}

TEST(Hostile, DimensionsThatNoFileHolds) {
  const TemporaryFolder folder;
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const Shape& shape :
       {Shape{huge, huge}, Shape{huge}, Shape{1 << 30, 1 << 30, 16}, Shape{-1, 4}, Shape{huge, huge, 0}, Shape{5}, Shape{0, 4}, Shape{}}) {
    OnnxBuilder b;
    b.initializer("w", shape, std::vector<float>{1, 2, 3, 4});
    const auto error = error_of(folder, b.model());
    ASSERT_TRUE(error) << to_string(shape);
    EXPECT_EQ(error->code, ErrorCode::bad_file);
  }
  OnnxBuilder filled;
  filled.initializer("s", {2}, std::vector<std::int64_t>{huge, huge}).node("ConstantOfShape", {"s"}, {"y"}).output("y");
  ASSERT_TRUE(error_of(folder, filled.model()));
  OnnxBuilder large;  // 4 TB from a few bytes: known, never allocated
  large.initializer("s", {1}, std::vector<std::int64_t>{std::int64_t{1} << 40}).node("ConstantOfShape", {"s"}, {"y"}).output("y");
  const Model model = read_model(folder.write("large.onnx", large.model()));
  const auto error = caught([&] { (void)model.weights->read(1); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::unsupported);
  EXPECT_EQ(model.weights->find_fill(1), 0.0);
}

TEST(Hostile, DataThatDisagreeWithTheShape) {
  const TemporaryFolder folder;
  for (const Store store : {Store::raw, Store::typed, Store::unpacked}) {
    OnnxBuilder b;
    b.initializer("w", {3}, std::vector<float>{1, 2}, DType::f32, store);
    const auto error = error_of(folder, b.model());
    ASSERT_TRUE(error);
    EXPECT_THAT(error->message, HasSubstr("'w' of shape (3"));
  }
  OnnxBuilder wrong_field;  // floats stored as integers
  wrong_field.initializer("w", {2}, std::vector<std::int32_t>{1, 2}, DType::f32, Store::typed);
  ASSERT_TRUE(error_of(folder, wrong_field.model()));
  OnnxBuilder segment;
  std::string proto = tensor_proto("w", {2}, std::vector<float>{1, 2});
  protozero::pbf_writer(proto).add_message(3, std::string{});
  segment.field(5, proto);
  EXPECT_THAT(error_of(folder, segment.model()).value().message, HasSubstr("segments"));
}

TEST(Hostile, GraphsInGraphsInGraphs) {
  const TemporaryFolder folder;
  for (const int depth : {60, 100, 5000}) {
    GraphBuilder body;
    for (int i = 0; i < depth; ++i) {
      GraphBuilder outer;
      outer.node("Custom", {}, {"v"}, {graph("body", body)}, {"", "my", {}});
      body = outer;
    }
    OnnxBuilder b;
    b.node("Custom", {}, {"v"}, {graph("body", body)}, {"", "my", {}});
    const auto error = error_of(folder, b.model());
    EXPECT_EQ(error.has_value(), depth > 64) << depth;
    EXPECT_THAT(error ? error->message : "deep", HasSubstr("deep"));
  }
}

TEST(Hostile, WireTypesAndLengths) {
  const TemporaryFolder folder;
  const std::string cases[] = {
      std::string("\x08\x08\x39\x01\x02\x03\x04\x05\x06\x07\x08", 11),          // graph as a fixed64
      std::string("\x08\x08\x38\x05", 4),                                       // graph as a varint
      std::string("\x08\x08\x3a\xff\xff\xff\xff\x0f", 8),                       // a length of 4 GB
      std::string("\x08\x08\x3a\x85\x80\x80\x80\x10\x0a\x00\x0a\x00", 12),      // 2^32 + 5, which 32 bits would read as 5
      std::string("\x08\x08\x3b\x3c", 4),                                       // a group
      std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13),  // a varint of 12 bytes
      std::string("\x00\x00\x00", 3),                                           // tag 0
      std::string("\x08\x08", 2),                                               // no graph
      std::string("\x08\x08\x3a\x00\x3a\x00", 6),                               // two graphs
      std::string("\x08\x08\x3a\x02\x0a\x00", 6),                               // a node without an operator
  };
  for (const std::string& bytes : cases) {
    const auto error = error_of(folder, bytes);
    ASSERT_TRUE(error) << testing::PrintToString(bytes);
    EXPECT_EQ(error->code, ErrorCode::bad_file);
    EXPECT_THAT(error->message, HasSubstr("byte "));
  }
}

TEST(Hostile, OtherFormatsAreNamed) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& bytes) { return error_of(folder, bytes).value().message; };
  EXPECT_THAT(message(""), HasSubstr("an empty file"));
  EXPECT_THAT(message("<!DOCTYPE html><html>"), HasSubstr("a web page"));
  EXPECT_THAT(message("  \n<html><head>"), HasSubstr("a web page"));
  EXPECT_THAT(message("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(message(std::string("\x40\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\"}}", 30)),
              HasSubstr("the header is said to be 64 bytes long"));
  EXPECT_THAT(message("PK\x03\x04 and so on"), HasSubstr(".pt"));
  EXPECT_THAT(message("\x89HDF\r\n\x1a\n"), HasSubstr("HDF5"));
  EXPECT_THAT(message(std::string("\x80\x02\x8a\x0a", 4)), HasSubstr("pickle"));
  EXPECT_THAT(message("{\"model\": 1}"), HasSubstr("JSON"));
  EXPECT_THAT(message("just some words"), HasSubstr("a text file"));
}

TEST(Hostile, PathsThatAreNoFiles) {
  const TemporaryFolder folder;
  const auto missing = caught([&] { (void)read_model((folder / "none.onnx").string()); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code, ErrorCode::bad_file);
  const auto directory = caught([&] { (void)read_model(folder.path().string()); });
  ASSERT_TRUE(directory);
  EXPECT_THAT(directory->message, HasSubstr("a folder"));
  const auto spec = caught([&] { (void)read_model("mpl:3,4:relu"); });
  ASSERT_TRUE(spec);
  EXPECT_THAT(spec->message, HasSubstr("families: mlp"));
}

}  // namespace
}  // namespace evenkeel::test
