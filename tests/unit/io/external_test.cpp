// SPDX-License-Identifier: Apache-2.0
// External data: read where it may be, copied beside the output, never written over.
#include <gmock/gmock.h>

#include "models/message_walker.hpp"
#include "unit/io/write_fixture.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string float_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class ExternalTest : public WriteTest {
 protected:
  Model two_tensors() {
    (void)folder_.write("in.data", "head" + float_bytes({1, 2, 3, 4}) + "gap!" + float_bytes({5, 6}) + "tail");
    OnnxBuilder b;
    b.external("a", {4}, DType::f32, {"in.data", "4", "16"}).external("b", {2}, DType::f32, {"in.data", "24", ""});
    b.initializer("c", {1}, std::vector<float>{7}).node("Identity", {"c"}, {"y"}).output("y");
    return read(b);
  }
  std::optional<Caught> error_for(const External& place) {
    OnnxBuilder b;
    b.external("a", {4}, DType::f32, place);
    return caught([&] { (void)read(b); });
  }
};

TEST_F(ExternalTest, IsReadAndNoted) {
  const Model model = two_tensors();
  EXPECT_THAT(numbers_in(model, "a"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers_in(model, "b"), ElementsAre(5, 6));
  EXPECT_THAT(model.notes, ElementsAre("2 tensors stand in in.data"));
}

TEST_F(ExternalTest, ReplacedRangesGoToANewFile) {
  const Model model = two_tensors();
  const Model written = rewrite(model, {{"a", {9, 9, 9, 9}}});
  EXPECT_THAT(numbers_in(written, "a"), ElementsAre(9, 9, 9, 9));
  EXPECT_THAT(numbers_in(written, "b"), ElementsAre(5, 6));
  EXPECT_EQ(bytes("out.onnx.data"), "head" + float_bytes({9, 9, 9, 9}) + "gap!" + float_bytes({5, 6}) + "tail");
  EXPECT_THAT(bytes("in.data"), HasSubstr(float_bytes({1, 2, 3, 4})));
}

TEST_F(ExternalTest, NothingReplacedInAnotherFolderIsTheSame) {
  const Model model = two_tensors();
  std::filesystem::create_directory(folder_ / "other");
  write_model(model, folder_ / "other/out.onnx", {});
  EXPECT_EQ(bytes("other/out.onnx"), bytes("in.onnx"));
  EXPECT_EQ(bytes("other/in.data"), bytes("in.data"));
}

TEST_F(ExternalTest, InPlaceKeepsOneDataFile) {
  Model model = two_tensors();
  for (const float value : {1.0F, 2.0F, 3.0F}) {
    model = rewrite(model, {{"a", {value, value, value, value}}}, {.overwrite = true}, "in.onnx");
    EXPECT_THAT(numbers_in(model, "a"), testing::Each(value));
    EXPECT_THAT(numbers_in(model, "b"), ElementsAre(5, 6));
  }
  EXPECT_EQ(folder_.file_count(), 3U) << "in.onnx, in.data, which may belong to others, and one in.onnx.data*";
}

TEST_F(ExternalTest, TensorsThatShareBytesArePartedWhenOneIsReplaced) {
  (void)folder_.write("in.data", float_bytes({1, 2}));
  OnnxBuilder b;
  b.external("a", {2}, DType::f32, {"in.data", "", ""}).external("b", {2}, DType::f32, {"in.data", "0", "8"});
  const Model written = rewrite(read(b), {{"b", {5, 6}}});
  EXPECT_THAT(numbers_in(written, "a"), ElementsAre(1, 2));
  EXPECT_THAT(numbers_in(written, "b"), ElementsAre(5, 6));
}

TEST_F(ExternalTest, LargeOutputsMoveOutByThemselves) {
  OnnxBuilder b;
  b.initializer("w", {1024}, std::vector<float>(1024, 1)).initializer("v", {512}, std::vector<float>(512, 2));
  b.initializer("kept", {2}, std::vector<float>{3, 4});
  WriteOptions options;
  options.inline_limit = 1000;
  const Model written = rewrite(read(b), {{"w", std::vector<float>(1024, 5)}, {"v", std::vector<float>(512, 6)}}, options);
  EXPECT_THAT(numbers_in(written, "w"), testing::Each(5.0));
  EXPECT_THAT(numbers_in(written, "v"), testing::Each(6.0));
  EXPECT_THAT(numbers_in(written, "kept"), ElementsAre(3, 4));
  EXPECT_LT(bytes("out.onnx").size(), 1000U);
  EXPECT_EQ(bytes("out.onnx.data").size(), 6144U);
}

TEST_F(ExternalTest, PathsOutOfTheFolderAreRefused) {
  (void)folder_.write("in.data", std::string(16, '\0'));
  std::filesystem::create_directory(folder_ / "deep");
  const TemporaryFolder elsewhere;
  (void)elsewhere.write("secret", std::string(16, '\0'));
  std::filesystem::create_symlink(elsewhere / "secret", folder_ / "link");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder_ / "linked_folder");
  std::filesystem::create_symlink("in.data", folder_ / "inner_link");
  EXPECT_FALSE(error_for({"in.data", "0", "16"}));
  EXPECT_FALSE(error_for({"inner_link", "0", "16"})) << "a link within the folder is good";
  for (const std::string location : {"", "../in.data", "deep/../in.data", "link", "linked_folder/secret"}) {
    const auto error = error_for({location, "0", "16"});
    ASSERT_TRUE(error) << location;
    EXPECT_EQ(error->code, ErrorCode::bad_file);
  }
  ASSERT_TRUE(error_for({(folder_ / "in.data").string(), "0", "16"})) << "absolute";
}

TEST_F(ExternalTest, MissingAndShortFiles) {
  const auto missing = error_for({"none.data", "0", "16"});
  ASSERT_TRUE(missing);
  EXPECT_THAT(missing->message, HasSubstr("none.data"));
  (void)folder_.write("in.data", std::string(15, '\0'));
  for (const External& place :
       {External{"in.data", "0", "16"}, External{"in.data", "", ""}, External{"in.data", "18446744073709551615", "16"},
        External{"in.data", "-1", "16"}, External{"in.data", "0", "8"}, External{"in.data", "0x", "16"}}) {
    const auto error = error_for(place);
    ASSERT_TRUE(error) << place.offset << " " << place.length;
    EXPECT_EQ(error->code, ErrorCode::bad_file);
  }
}

}  // namespace
}  // namespace evenkeel::test
