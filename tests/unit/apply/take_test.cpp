// SPDX-License-Identifier: Apache-2.0
// Stored values laid over a tensor in any pieces are those of a plain loop over all elements.
#include "apply/take.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

// Element i of every tensor is i + 1, read in parts.
class Counting final : public WeightSource {
 public:
  explicit Counting(std::int64_t count) : values_(static_cast<std::size_t>(count)) { std::iota(values_.begin(), values_.end(), 1.0F); }
  [[nodiscard]] TensorBytes read(TensorId) const override { return {std::as_bytes(std::span(values_)), nullptr}; }
  [[nodiscard]] bool has_parts(TensorId) const override { return true; }
  [[nodiscard]] bool has_values(TensorId) const override { return true; }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return std::nullopt; }

 private:
  std::vector<float> values_;
};

struct Case {
  const char* name;
  Shape shape;  // of the tensor
  View view;
  Shape stored;
  bool transposed;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class Lay : public ::testing::TestWithParam<Case> {};

// What element i of the tensor should be: by coordinates, without any of the code's short cuts. 0: not stored.
float wanted(const Case& c, std::int64_t i) {
  const Shape owner = c.view.is_identity() ? c.shape : c.view.global;
  std::int64_t index = i;
  if (!c.view.is_identity()) {
    index = c.view.offset;
    for (std::size_t a = c.shape.size(); a-- > 0; i /= c.shape[a]) index += i % c.shape[a] * c.view.strides[a];
  }
  std::vector<std::int64_t> x(owner.size());
  for (std::size_t a = owner.size(); a-- > 0; index /= owner[a]) x[a] = index % owner[a];
  if (c.transposed) std::reverse(x.begin(), x.end());
  std::int64_t at = 0;
  for (std::size_t a = 0; a < x.size(); ++a) {
    if (x[a] >= c.stored[a]) return 0;
    at = at * c.stored[a] + x[a];
  }
  return static_cast<float>(at + 1);
}

TEST_P(Lay, InAnyPieces) {
  const Case& c = GetParam();
  Model from;
  from.graph.tensors = {{"s", "", c.stored, DType::f32, Storage::initializer, absent}};
  from.weights = std::make_shared<Counting>(element_count(c.stored));
  const StoredTensor tensor{"t", "", c.shape, DType::f32, Storage::initializer, absent};
  PlanEntry entry;
  entry.name = "t";
  entry.geometry.shape = c.shape;
  entry.view = c.view;
  const std::int64_t count = element_count(c.shape);
  const bool whole = count == element_count(c.stored);
  entry.source = EntrySource{whole ? SourceStatus::taken : SourceStatus::extended, "s", c.stored, DType::f32, c.transposed, {}};
  const Producer zeros{[](std::uint64_t, std::span<std::byte> out) { std::fill(out.begin(), out.end(), std::byte{0}); }, 4};
  const Producer producer = taken(tensor, entry, from, whole ? std::nullopt : std::optional(zeros));
  ASSERT_GT(producer.unit, 0U);
  for (const std::int64_t units : {1, 2, 3, 7, 1000}) {
    std::vector<float> values(static_cast<std::size_t>(count), -1);
    const std::span<std::byte> out = std::as_writable_bytes(std::span(values));
    for (std::size_t begin = 0; begin < out.size(); begin += static_cast<std::size_t>(units) * producer.unit)
      producer.make(begin, out.subspan(begin, std::min(out.size() - begin, static_cast<std::size_t>(units) * producer.unit)));
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(values[static_cast<std::size_t>(i)], wanted(c, i)) << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Lay,
                         ::testing::Values(Case{"plain", {5, 3}, {}, {5, 3}, false}, Case{"more_rows", {7, 3}, {}, {5, 3}, false},
                                           Case{"more_columns", {5, 6}, {}, {5, 4}, false},
                                           Case{"middle_axis", {2, 5, 3}, {}, {2, 4, 3}, false}, Case{"turned", {5, 3}, {}, {3, 5}, true},
                                           Case{"turned_more_rows", {7, 3}, {}, {3, 5}, true},
                                           Case{"turned_more_columns", {5, 6}, {}, {4, 5}, true},
                                           Case{"copy", {5, 3}, {{5, 3}, {3, 1}, 0}, {5, 3}, false},
                                           Case{"mirrored_copy", {3, 5}, {{5, 3}, {1, 3}, 0}, {5, 3}, false},
                                           Case{"mirrored_copy_more", {3, 7}, {{7, 3}, {1, 3}, 0}, {5, 3}, false},
                                           Case{"mirrored_copy_of_turned", {3, 7}, {{7, 3}, {1, 3}, 0}, {3, 5}, true},
                                           Case{"square", {4, 4}, {{4, 4}, {1, 4}, 0}, {4, 4}, false},
                                           Case{"square_turned", {4, 4}, {}, {4, 4}, true}, Case{"vector", {9}, {}, {4}, false},
                                           Case{"scalar", {}, {}, {}, false}, Case{"slice", {2, 3}, {{5, 3}, {3, 1}, 6}, {4, 3}, false}),
                         [](const auto& info) { return info.param.name; });

TEST(Taken, AnotherFileIsRefused) {
  Model from;
  from.name = "other.npz";
  from.graph.tensors = {{"s", "", {2, 2}, DType::f32, Storage::initializer, absent}};
  const StoredTensor tensor{"t", "", {2, 3}, DType::f32, Storage::initializer, absent};
  PlanEntry entry;
  entry.geometry.shape = {2, 3};
  entry.source = EntrySource{SourceStatus::taken, "s", {2, 3}, DType::f32, false, {}};
  const auto complaint = [&]() -> std::string {
    try {
      (void)taken(tensor, entry, from, std::nullopt);
    } catch (const Error& error) { return error.what(); }
    return "fits";
  };
  EXPECT_THAT(complaint(), ::testing::HasSubstr("in other.npz it is float32 of shape (2, 2)"));
  entry.source->name = "absent";
  EXPECT_THAT(complaint(), ::testing::HasSubstr("has no such tensor"));
}

}  // namespace
}  // namespace evenkeel
