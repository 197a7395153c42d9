// SPDX-License-Identifier: Apache-2.0
// However a tensor is cut, its bytes are those of the whole: for every layout, for packed sections, shards and transposed copies.
#include "apply/producer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "evenkeel/rng/stream.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace evenkeel {
namespace {

struct Case {
  std::string label;
  Geometry geometry;  // of the stored tensor
  std::string scheme;
  View view = {};
  DType dtype = DType::f32;
};

Geometry geometry(Role role, std::string layout, Shape shape, int axis = -1, std::vector<Section> sections = {}) {
  Geometry g;
  g.role = role;
  g.layout = std::move(layout);
  g.shape = std::move(shape);
  g.section_axis = axis;
  g.sections = std::move(sections);
  return g;
}

std::vector<Case> cases() {
  // Different fans per section, so that a law applied to the wrong rows is seen.
  const std::vector<Section> qkv = {{"q", 0, 96}, {"k", 96, 120}, {"v", 120, 144}};
  const std::vector<Section> gates = {{"i", 0, 40}, {"f", 40, 80}, {"c", 80, 120}, {"o", 120, 160}};
  std::vector<Case> made = {
      {"dense", geometry(Role::dense, "OI", {130, 70}), "he_normal"},
      {"vector", geometry(Role::bias, "O", {100003}), "normal(std=0.5)"},
      {"constant", geometry(Role::norm_scale, "O", {77}), "ones"},
      {"bfloat16", geometry(Role::dense, "IO", {64, 257}), "glorot_uniform", {}, DType::bf16},
      {"fp8", geometry(Role::dense, "OI", {33, 65}), "normal(std=0.1)", {}, DType::f8e4m3},
      {"double", geometry(Role::dense, "OI", {33, 65}), "truncated_normal(std=0.1)", {}, DType::f64},
      {"convolution", geometry(Role::conv, "OIHW", {40, 30, 3, 3}), "he_uniform"},
      {"experts", geometry(Role::expert_stack, "EIO", {5, 40, 30}), "lecun_normal"},
      {"one long row", geometry(Role::embedding, "VO", {1, 700001}), "normal(std=0.02)"},
      {"long rows", geometry(Role::embedding, "VO", {3, 200001}), "normal(std=0.02)"},
      {"padding row", geometry(Role::embedding, "VO", {50, 33}), "normal(std=0.02, padding_row=17)"},
      {"packed rows", geometry(Role::packed_qkv, "OI", {144, 50}, 0, qkv), "glorot_normal"},
      {"packed columns", geometry(Role::packed_qkv, "IO", {50, 144}, 1, qkv), "glorot_normal"},
      {"forget gate", geometry(Role::packed_gate_bias, "O", {160}, 0, gates), "lstm_forget_bias(gate=f)"},
      {"orthogonal", geometry(Role::dense, "OI", {40, 60}), "orthogonal"},
      {"sparse", geometry(Role::dense, "OI", {40, 60}), "sparse(sparsity=0.5, std=0.1)"},
  };
  made.push_back({"transposed copy", geometry(Role::dense, "OI", {70, 130}), "he_normal", {{130, 70}, {1, 70}, 0}});
  made.push_back({"transposed, long", geometry(Role::dense, "IO", {300, 2000}), "normal(std=0.02)", {{2000, 300}, {1, 300}, 0}});
  made.push_back({"transposed, sections", geometry(Role::packed_qkv, "IO", {50, 144}, 1, qkv), "glorot_normal", {{144, 50}, {1, 50}, 0}});
  made.push_back({"shard", geometry(Role::dense, "OI", {30, 20}), "he_normal", {{130, 70}, {70, 1}, 17 * 70 + 5}});
  made.push_back({"reversed", geometry(Role::dense, "OI", {130, 70}), "he_normal", {{130, 70}, {-70, -1}, 130 * 70 - 1}});
  made.push_back({"orthogonal, transposed", geometry(Role::dense, "OI", {60, 40}), "orthogonal", {{40, 60}, {1, 60}, 0}});
  return made;
}

/// The plan of one tensor; the owner of a view stands first.
Plan plan_of(const Case& c) {
  PlanEntry entry;
  entry.name = "w";
  entry.stream = c.view.is_identity() ? "w" : "owner";
  entry.geometry = c.geometry;
  entry.dtype = c.dtype;
  entry.scheme = parse_scheme(c.scheme);
  entry.view = c.view;
  Plan plan;
  if (!c.view.is_identity()) {
    PlanEntry owner = entry;
    owner.name = "owner";
    owner.view = {};
    owner.geometry.shape = c.view.global;
    if (c.view.strides[0] == 1) {  // stored transposed
      std::swap(owner.geometry.layout[0], owner.geometry.layout[1]);
      owner.geometry.section_axis = c.geometry.sections.empty() ? -1 : 1 - c.geometry.section_axis;
    }
    plan.parameters.push_back(owner);
  }
  plan.parameters.push_back(entry);
  return plan;
}

std::vector<std::byte> whole_of(const Plan& plan, const StoredTensor& tensor, std::uint64_t seed) {
  const PlanEntry& entry = plan.parameters.back();
  const StreamOwner owner = stream_owner_of(plan, entry);
  std::vector<std::byte> bytes(static_cast<std::size_t>(element_count(tensor.shape)) * size_of(tensor.dtype));
  generate({bytes.data(), tensor.dtype, tensor.shape, {}}, entry.scheme, owner.geometry, make_stream(seed, entry.stream), owner.scheme_fans,
           {entry.view, 1});
  return bytes;
}

/// Pieces of random lengths, made in random order.
std::vector<std::byte> pieced(const Producer& producer, std::size_t size, std::mt19937& random) {
  const std::size_t unit = producer.unit == 0 ? size : producer.unit;
  const std::size_t units = (size + unit - 1) / unit;
  std::vector<std::size_t> cuts{0};
  while (cuts.back() < units) {
    const std::size_t most = 1 + random() % 2 * (units / 3) + units / 100;
    cuts.push_back(std::min(units, cuts.back() + 1 + random() % most));
  }
  std::vector<std::size_t> order(cuts.size() - 1);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  std::vector<std::byte> bytes(size, std::byte{0xa5});
  for (const std::size_t i : order) {
    const std::size_t begin = cuts[i] * unit, end = std::min(size, cuts[i + 1] * unit);
    producer.make(begin, std::span(bytes).subspan(begin, end - begin));
  }
  return bytes;
}

TEST(Generated, EveryCutGivesTheBytesOfTheWhole) {
  std::mt19937 random(1);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.label);
    const Plan plan = plan_of(c);
    const StoredTensor tensor{"w", "", c.geometry.shape, c.dtype, Storage::initializer, absent};
    const std::vector<std::byte> whole = whole_of(plan, tensor, 7);
    const Producer producer = generated(plan, tensor, plan.parameters.back(), 7, 2);
    for (int round = 0; round < 4; ++round) EXPECT_TRUE(pieced(producer, whole.size(), random) == whole) << "round " << round;
  }
}

TEST(Generated, IndependentElementsComeInParts) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.label);
    const Plan plan = plan_of(c);
    const StoredTensor tensor{"w", "", c.geometry.shape, c.dtype, Storage::initializer, absent};
    const Producer producer = generated(plan, tensor, plan.parameters.back(), 7, 2);
    const bool structured = c.scheme.starts_with("orthogonal") || c.scheme.starts_with("sparse");
    EXPECT_EQ(producer.unit == 0, structured);
    EXPECT_LE(producer.unit, std::uint64_t{1} << 24U);
    EXPECT_EQ(producer.unit % size_of(c.dtype), 0U);
  }
}

class Memory final : public WeightSource {
 public:
  explicit Memory(bool in_parts) : in_parts_(in_parts) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::byte>(i % 251);
  }
  TensorBytes read(TensorId) const override { return {bytes_, nullptr}; }
  bool has_parts(TensorId) const override { return in_parts_; }
  bool has_values(TensorId) const override { return true; }
  std::optional<double> find_fill(TensorId) const override { return std::nullopt; }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  bool in_parts_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(10007);
};

TEST(Stored, PartsAreThoseOfTheWhole) {
  std::mt19937 random(2);
  for (const bool in_parts : {true, false}) {
    const auto memory = std::make_shared<Memory>(in_parts);
    const Producer producer = stored(memory, 0);
    EXPECT_EQ(producer.unit, in_parts ? 1U : 0U);
    EXPECT_TRUE(pieced(producer, memory->bytes().size(), random) == memory->bytes());
  }
}

}  // namespace
}  // namespace evenkeel
