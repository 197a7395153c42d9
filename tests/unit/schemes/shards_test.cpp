// SPDX-License-Identifier: Apache-2.0
// Shards put together are the tensor: every grid that divides a shape, and flat ranges of equal and of uneven length, for every element
// type, law and kind of orthogonal matrix.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "geometries.hpp"

namespace evenkeel {
namespace {

using Bytes = std::vector<unsigned char>;

const DType types[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::f8e4m3, DType::f8e5m2};

const char* const laws[] = {"constant(0.7)",
                            "uniform(-0.05, 0.05)",
                            "uniform(0, 1)",
                            "log_uniform(0.01, 3)",
                            "normal(std=1)",
                            "truncated_normal(std=1)",
                            "truncated_normal(std=1, low=-3, high=3)",
                            "truncated_normal(std=1, low=8, high=9)",
                            "truncated_normal(std=1, low=-0.3, high=2)"};
const char* const matrices[] = {"orthogonal", "scaled_orthogonal(gain=1.5)", "sparse(sparsity=0.3, std=1)"};

// What a rank holds: a box of the owner, or a run of it.
Bytes shard(const std::string& scheme, const Geometry& owner, DType dtype, const Shape& shape, const View& view) {
  Bytes bytes(static_cast<std::size_t>(element_count(shape)) * size_of(dtype));
  generate({bytes.data(), dtype, shape, {}}, parse_scheme(scheme), owner, test_stream, {}, {.view = view, .threads = 1});
  return bytes;
}

// Calls body with every way of cutting each axis into equal parts.
template <class Body>
void for_each_grid(const Shape& shape, const Body& body) {
  Shape parts(shape.size(), 1);
  for (;;) {
    bool divides = true;
    for (std::size_t k = 0; k < shape.size(); ++k) divides = divides && shape[k] % parts[k] == 0;
    if (divides) body(parts);
    std::size_t k = 0;
    while (k < shape.size() && ++parts[k] > shape[k]) parts[k++] = 1;
    if (k == shape.size()) return;
  }
}

// Row-major coordinates.
Shape coordinates(std::int64_t index, const Shape& shape) {
  Shape at(shape.size());
  for (std::size_t k = shape.size(); k-- > 0; index /= shape[k]) at[k] = index % shape[k];
  return at;
}

Bytes assembled_from_grid(const std::string& scheme, const Geometry& owner, DType dtype, const Shape& parts) {
  const std::size_t size = size_of(dtype);
  const auto strides = row_major_strides(owner.shape);
  Shape shape = owner.shape;
  for (std::size_t k = 0; k < shape.size(); ++k) shape[k] /= parts[k];
  Bytes whole(static_cast<std::size_t>(element_count(owner.shape)) * size, 0xA5);
  for (std::int64_t rank = 0; rank < element_count(parts); ++rank) {
    const Shape corner = coordinates(rank, parts);
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) offset += corner[k] * shape[k] * strides[k];
    const Bytes part = shard(scheme, owner, dtype, shape, {owner.shape, strides, offset});
    for (std::int64_t i = 0; i < element_count(shape); ++i) {
      const Shape x = coordinates(i, shape);
      std::int64_t index = offset;
      for (std::size_t k = 0; k < shape.size(); ++k) index += x[k] * strides[k];
      std::memcpy(whole.data() + static_cast<std::size_t>(index) * size, part.data() + static_cast<std::size_t>(i) * size, size);
    }
  }
  return whole;
}

// As FSDP cuts a flattened parameter: `lengths` one after the other, the last one what is left.
Bytes assembled_from_ranges(const std::string& scheme, const Geometry& owner, DType dtype, const std::vector<std::int64_t>& lengths) {
  Bytes whole;
  const std::int64_t count = element_count(owner.shape);
  std::int64_t at = 0;
  for (std::size_t i = 0; at < count; ++i) {
    const std::int64_t length = std::min(count - at, i < lengths.size() ? lengths[i] : count);
    const Bytes part = shard(scheme, owner, dtype, {length}, {owner.shape, {1}, at});
    whole.insert(whole.end(), part.begin(), part.end());
    at += length;
  }
  return whole;
}

void expect_shards_are_the_whole(const std::string& scheme, const Geometry& owner) {
  for (const DType dtype : types) {
    SCOPED_TRACE(scheme + " of " + to_string(owner.shape) + " " + std::string(to_string(dtype)));
    const Bytes whole = shard(scheme, owner, dtype, owner.shape, {});
    for_each_grid(owner.shape, [&](const Shape& parts) {
      ASSERT_EQ(assembled_from_grid(scheme, owner, dtype, parts), whole) << "grid " << to_string(parts);
    });
    const std::int64_t count = element_count(owner.shape);
    for (std::int64_t ranks = 1; ranks <= 8; ++ranks) {
      const std::int64_t each = (count + ranks - 1) / ranks;
      ASSERT_EQ(assembled_from_ranges(scheme, owner, dtype, std::vector<std::int64_t>(static_cast<std::size_t>(ranks), each)), whole)
          << ranks;
    }
    for (const auto& lengths : std::vector<std::vector<std::int64_t>>{{1}, {3, 1, 2}, {2, 2, 2, 5}, {count - 1}}) {
      ASSERT_EQ(assembled_from_ranges(scheme, owner, dtype, lengths), whole) << "a first range of " << lengths[0];
    }
  }
}

TEST(Shards, OfIndependentElements) {
  for (const Shape& shape : {Shape{12}, {8, 12}, {6, 4, 10}, {5, 7}}) {
    for (const char* scheme : laws) expect_shards_are_the_whole(scheme, make(Role::unknown, "", shape));
  }
}

// Larger than the tiles and the pieces of a thread: cuts beside 2^16 and odd ones, a transposed shard, several threads.
TEST(Shards, LargerThanATile) {
  const Geometry owner = make(Role::unknown, "", {300, 700});
  const std::int64_t count = 300 * 700;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    for (const char* scheme : {"uniform(0, 1)", "normal(std=1)", "truncated_normal(std=1, low=-3, high=3)", "log_uniform(0.01, 3)"}) {
      const Bytes whole = shard(scheme, owner, dtype, owner.shape, {});
      ASSERT_EQ(assembled_from_ranges(scheme, owner, dtype, {65535, 65537, 3, 65536}), whole) << scheme;
      const std::size_t size = size_of(dtype);
      Bytes turned(whole.size());
      const View view{owner.shape, {1, 700}, 0};
      generate({turned.data(), dtype, {700, 300}, {}}, parse_scheme(scheme), owner, test_stream, {}, {.view = view, .threads = 3});
      for (std::int64_t i = 0; i < count; ++i) {
        const auto from = static_cast<std::size_t>(i % 300 * 700 + i / 300) * size;
        ASSERT_EQ(std::memcmp(turned.data() + static_cast<std::size_t>(i) * size, whole.data() + from, size), 0) << scheme << ' ' << i;
      }
    }
  }
}

TEST(Shards, OfMatrices) {
  for (const char* scheme : matrices) {
    expect_shards_are_the_whole(scheme, make(Role::dense, "OI", {8, 12}));
    expect_shards_are_the_whole(scheme, make(Role::dense, "IO", {5, 7}));
    expect_shards_are_the_whole(scheme, make(Role::expert_stack, "EIO", {6, 4, 10}));
  }
  expect_shards_are_the_whole("special_orthogonal", make(Role::expert_stack, "EOI", {2, 6, 6}));
  expect_shards_are_the_whole("delta_orthogonal", make(Role::conv, "OIW", {6, 4, 3}));
}

// Laws that differ between sections, whose regions a grid cuts and a flat range crosses.
TEST(Shards, OfSections) {
  const Geometry qkv = sectioned(make(Role::packed_qkv, "OI", {12, 8}), 0, {{"q", 0, 6}, {"k", 6, 9}, {"v", 9, 12}});
  for (const char* scheme : {"glorot_normal", "glorot_uniform", "orthogonal"}) expect_shards_are_the_whole(scheme, qkv);
  expect_shards_are_the_whole("normal(std=1, padding_row=3)", make(Role::embedding, "VE", {10, 6}));
}

}  // namespace
}  // namespace evenkeel
