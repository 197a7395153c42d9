// SPDX-License-Identifier: Apache-2.0
// What a NumPy archive becomes as a model. Archives made by NumPy, and broken ones: tests/files/test_npz.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <zlib.h>

#include "models/weight_files.hpp"
#include "write_fixture.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string archive(const std::map<std::string, std::string>& members) {
  ZipBuilder zip;
  for (const auto& [name, content] : members) zip.add(name, content, crc_of(content));
  return zip.file();
}

class NpzTest : public WriteTest {
 protected:
  Model four() {
    return read_model(
        folder_.write("in.npz", archive({{"big.npy", npy_file(">i2", false, "(2,)", std::string("\x01\x02\xff\xfe", 4))},
                                         {"columns.npy", npy_file("<f4", true, "(2, 3)", bytes_of<float>({1, 4, 2, 5, 3, 6}))},
                                         {"p/rows.npy", npy_file("<f4", false, "(3,)", bytes_of<float>({1, 2, 3}))},
                                         {"void.npy", npy_file("|V2", false, "(1,)", "xy")}})));
  }
};

TEST_F(NpzTest, IsAModelOfNames) {
  const Model model = four();
  EXPECT_EQ(model.format, "npz");
  EXPECT_TRUE(model.graph.names_only);
  EXPECT_EQ(model.graph.tensors[2].name, "p/rows");
  EXPECT_EQ(model.graph.tensors[1].shape, (Shape{2, 3}));
  EXPECT_EQ(model.graph.tensors[3].dtype, DType::other);
  EXPECT_THAT(numbers_in(model, "columns"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(numbers_in(model, "big"), ElementsAre(258, -2));
  EXPECT_THAT(numbers_in(model, "p/rows"), ElementsAre(1, 2, 3));
  EXPECT_TRUE(model.weights->has_parts(2));
  EXPECT_FALSE(model.weights->has_parts(1));
  EXPECT_EQ(model.weights->read_part(1, 4, 8).bytes.size(), 8U);
  ASSERT_EQ(model.warnings.size(), 1U);
  EXPECT_THAT(model.warnings[0], HasSubstr("bfloat16"));
}

TEST_F(NpzTest, WithoutChangesTheFileIsTheSame) {
  const Model model = four();
  write_model(model, folder_ / "out.npz", {});
  EXPECT_EQ(bytes("out.npz"), bytes("in.npz"));
}

TEST_F(NpzTest, ChecksumsAreThoseOfAllParts) {
  const std::int64_t count = 3'000'001;
  const std::string zeros(static_cast<std::size_t>(count) * 4, '\0');
  const Model model = read_model(folder_.write("large.npz", archive({{"w.npy", npy_file("<f4", false, "(3000001,)", zeros)}})));
  const auto make = [](std::uint64_t begin, std::span<std::byte> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>((begin + i) * 2654435761U >> 13U);
  };
  for (const std::uint64_t unit : {0U, 4U, 400U}) {
    const std::vector<Replacement> replacements = {{0, {make, unit}}};
    WriteOptions options;
    options.overwrite = true;
    write_model(model, folder_ / "out.npz", replacements, options);
    const std::string written = bytes("out.npz");
    const std::string member = npy_file("<f4", false, "(3000001,)", std::string(zeros.size(), '\0'));
    std::string expected = member;
    make(0, std::as_writable_bytes(std::span(expected)).subspan(expected.size() - zeros.size()));
    EXPECT_EQ(written, archive({{"w.npy", expected}})) << unit;
  }
}

TEST_F(NpzTest, WhatCannotBeWrittenIsSaid) {
  const Model model = four();
  const auto write = [&](std::vector<Replacement> replacements) {
    return caught([&] { write_model(model, folder_ / "out.npz", replacements); });
  };
  EXPECT_EQ(write({{3, floats({1})}}).value().code, ErrorCode::unsupported);
  EXPECT_THAT(write({{2, {}}}).value().message, HasSubstr("'p/rows'"));
  EXPECT_THAT(write({{4, floats({1})}}).value().message, HasSubstr("none of the model's 4"));
  EXPECT_EQ(folder_.file_count(), 1U);
}

TEST_F(NpzTest, DamagedDataAreFoundWhereTheyAreUnpacked) {
  std::string damaged = archive({{"columns.npy", npy_file("<f4", true, "(2, 3)", bytes_of<float>({1, 4, 2, 5, 3, 6}))}});
  damaged[damaged.find("PK\x01\x02") - 3] ^= 1;
  const Model model = read_model(folder_.write("in.npz", damaged));
  const auto error = caught([&] { (void)model.weights->read(0); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::bad_file);
  EXPECT_THAT(error->message, HasSubstr("checksum"));
}

}  // namespace
}  // namespace evenkeel::test
