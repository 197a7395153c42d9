// SPDX-License-Identifier: Apache-2.0
// What a safetensors file becomes as a model, and which bytes a written one has. Broken files: tests/files/test_broken_safetensors.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/json/object_edit.hpp"
#include "models/weight_files.hpp"
#include "write_fixture.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SafetensorsTest : public WriteTest {
 protected:
  /// b before a in the header, behind it in the data; an odd header length, so that nothing is aligned.
  Model three() {
    const std::string header = R"({"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]},"a":{"dtype":"F16","shape":[2,2],)"
                               R"("data_offsets":[0,8]},"c":{"dtype":"F4","shape":[4],"data_offsets":[20,22]}})";
    const std::string data = bytes_of<std::uint16_t>({0x3c00, 0x4000, 0, 0xbc00}) + bytes_of<float>({1, 2, 3}) + "xy";
    return read_model(folder_.write("in.safetensors", safetensors_file(header + (header.size() % 2 == 0 ? " " : ""), data)));
  }
};

TEST_F(SafetensorsTest, IsAModelOfNames) {
  const Model model = three();
  EXPECT_EQ(model.format, "safetensors");
  EXPECT_TRUE(model.graph.names_only);
  ASSERT_EQ(model.graph.tensors.size(), 3U);
  EXPECT_EQ(model.graph.tensors[0].name, "b");
  EXPECT_EQ(model.graph.tensors[1].shape, (Shape{2, 2}));
  EXPECT_EQ(model.graph.tensors[1].dtype, DType::f16);
  EXPECT_EQ(model.graph.tensors[2].dtype, DType::other);
  EXPECT_THAT(numbers_in(model, "b"), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers_in(model, "a"), ElementsAre(1, 2, 0, -1));
  EXPECT_EQ(model.weights->read(2).bytes.size(), 2U);
  EXPECT_TRUE(model.weights->has_parts(0));
  const TensorBytes part = model.weights->read_part(0, 4, 4);
  float second = 0;
  std::memcpy(&second, part.bytes.data(), 4);
  EXPECT_EQ(second, 2);
  EXPECT_TRUE(caught([&] { (void)model.weights->read_part(0, 8, 8); }));
}

TEST_F(SafetensorsTest, WithoutChangesTheFileIsTheSame) {
  const Model model = three();
  write_model(model, folder_ / "out.safetensors", {});
  EXPECT_EQ(bytes("out.safetensors"), bytes("in.safetensors"));
}

TEST_F(SafetensorsTest, OnlyReplacedBytesChange) {
  const Model model = three();
  const Model written = rewrite(model, {{"b", {7, 8, 9}}}, {}, "out.safetensors");
  std::string expected = bytes("in.safetensors");
  expected.replace(expected.size() - 14, 12, bytes_of<float>({7, 8, 9}));
  EXPECT_EQ(bytes("out.safetensors"), expected);
  WriteOptions options;
  options.metadata = {{"k", "v\"\n"}};
  const Model noted = rewrite(written, {}, options, "noted.safetensors");
  EXPECT_EQ(noted.metadata, options.metadata);
  EXPECT_THAT(numbers_in(noted, "b"), ElementsAre(7, 8, 9));
  EXPECT_EQ(bytes("noted.safetensors").substr(0, 1)[0] % 8, 0);  // the header's length
}

TEST_F(SafetensorsTest, WhatCannotBeWrittenIsSaid) {
  const Model model = three();
  const auto write = [&](std::vector<Replacement> replacements) {
    return caught([&] { write_model(model, folder_ / "out.safetensors", replacements); });
  };
  EXPECT_THAT(write({{2, floats({1})}}).value().message, HasSubstr("'c' is of type F4"));
  EXPECT_EQ(write({{2, floats({1})}}).value().code, ErrorCode::unsupported);
  EXPECT_THAT(write({{0, {}}}).value().message, HasSubstr("'b'"));
  EXPECT_THAT(write({{3, floats({1})}}).value().message, HasSubstr("none of the model's 3"));
  EXPECT_THAT(write({{0, floats({1, 2, 3})}, {0, floats({1, 2, 3})}}).value().message, HasSubstr("twice"));
  EXPECT_EQ(folder_.file_count(), 1U);
}

TEST_F(SafetensorsTest, SettingsComeFromTheConfigBeside) {
  (void)folder_.write("config.json",
                      R"({"hidden_act": "silu", "n": 3, "deep": {"list": [1, 2], "eps": 1e-5, "names": ["a"]}, "tied": true, "no": null,
    "mixed": [1, "a"], "nested": [[1]], "empty": [], "limit": [0.0, Infinity], "large": 18446744073709551615, "negative": -4})");
  const Graph graph = three().graph;
  EXPECT_EQ(graph.settings_origin, "config.json");
  const std::map<std::string, Setting> expected = {{"hidden_act", std::string("silu")},
                                                   {"n", std::int64_t{3}},
                                                   {"deep.list", std::vector<std::int64_t>{1, 2}},
                                                   {"deep.eps", 1e-5},
                                                   {"deep.names", std::vector<std::string>{"a"}},
                                                   {"tied", true},
                                                   {"large", 18446744073709551615.0},
                                                   {"negative", std::int64_t{-4}}};
  EXPECT_EQ(graph.settings, expected);
}

/// Notes places as the readers of this library do.
class Places final : public json::Listener {
 public:
  json::MapPlaces map{"m"};
  void key(const json::Cursor& at) override { map.key(at); }
  void enter(const json::Cursor& at, json::Opens) override { map.enter(at); }
  void leave(const json::Cursor& at) override { map.leave(at); }
  void scalar(const json::Cursor& at, json::Scalar&& value) override { map.scalar(at, value); }
};

TEST(ObjectEdit, SetsEntriesAndKeepsTheRest) {
  const auto edit = [](const std::string& text) {
    Places places;
    json::read(text, {"t", 0, "a text"}, places);
    return json::edited(text, places.map.edits(text, {{"k", "new"}}));
  };
  EXPECT_EQ(edit("{}"), R"({"m":{"k":"new"}})");
  EXPECT_EQ(edit(R"({"a":1})"), R"({"m":{"k":"new"},"a":1})");
  EXPECT_EQ(edit("{\n  \"a\": 1\n}"), "{\n  \"m\": {\"k\":\"new\"},\n  \"a\": 1\n}");
  EXPECT_EQ(edit(R"({"m":{}})"), R"({"m":{"k":"new"}})");
  EXPECT_EQ(edit(R"({"m": null ,"a":1})"), R"({"m": {"k":"new"} ,"a":1})");
  EXPECT_EQ(edit(R"({"m":{"k":"new"}})"), R"({"m":{"k":"new"}})");
  EXPECT_EQ(edit(R"({"m":{"k" : "old", "l":"k"}})"), R"({"m":{"k" : "new", "l":"k"}})");
  EXPECT_EQ(edit(R"({"m":{"k":5}})"), R"({"m":{"k":"new"}})");
  EXPECT_EQ(edit(R"({"m":{"k": {"x":[1,{"k":2}]} }})"), R"({"m":{"k": "new" }})");
  EXPECT_EQ(edit("{\n \"m\": {\n  \"n\": 12\n }\n}"), "{\n \"m\": {\n  \"n\": 12,\n  \"k\": \"new\"\n }\n}");
  EXPECT_EQ(edit(R"({"m":{"n":[1,{"m":"k"}]},"z":{"m":"k"}})"), R"({"m":{"n":[1,{"m":"k"}],"k":"new"},"z":{"m":"k"}})");
}

}  // namespace
}  // namespace evenkeel::test
