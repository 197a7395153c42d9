// SPDX-License-Identifier: Apache-2.0
// Orthogonal blocks, diagonals and sparse patterns, for every role that has blocks of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <set>

#include "geometries.hpp"
#include "schemes/blocks.hpp"

namespace evenkeel {
namespace {

Eigen::MatrixXd block_matrix(const std::vector<float>& values, const schemes::BlockSet& set, std::size_t b) {
  const schemes::BlockShape& shape = set.shape_of(set.blocks[b]);
  Eigen::MatrixXd m(shape.row_count(), shape.column_count());
  for (Eigen::Index r = 0; r < m.rows(); ++r) {
    for (Eigen::Index c = 0; c < m.cols(); ++c) {
      m(r, c) = values[static_cast<std::size_t>(set.blocks[b].base + shape.rows[static_cast<std::size_t>(r)] + shape.column_offset(c))];
    }
  }
  return m;
}

double orthogonality_error(const Eigen::MatrixXd& m, double gain) {
  const Eigen::MatrixXd gram = m.rows() >= m.cols() ? Eigen::MatrixXd(m.transpose() * m) : Eigen::MatrixXd(m * m.transpose());
  return (gram - gain * gain * Eigen::MatrixXd::Identity(gram.rows(), gram.cols())).cwiseAbs().maxCoeff();
}

struct Case {
  const char* what;
  Geometry geometry;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> blocks;  // rows and columns of each
};

std::vector<Case> cases() {
  using Sizes = std::vector<std::pair<Eigen::Index, Eigen::Index>>;
  const std::vector<Section> gates{{"i", 0, 8}, {"o", 8, 16}, {"f", 16, 24}, {"c", 24, 32}};
  const std::vector<Section> qkv{{"q", 0, 16}, {"k", 16, 24}, {"v", 24, 32}};
  return {{"dense", make(Role::dense, "OI", {20, 12}), {{20, 12}}},
          {"dense IO", make(Role::dense, "IO", {12, 20}), {{20, 12}}},
          {"convolution", make(Role::conv, "OIHW", {8, 5, 3, 3}), {{8, 45}}},
          {"convolution HWIO", make(Role::conv, "HWIO", {3, 3, 5, 8}), {{8, 45}}},
          {"grouped", make(Role::grouped_conv, "OIHW", {12, 2, 3, 3}, 3), Sizes(3, {4, 18})},
          {"transposed, grouped", make(Role::grouped_transposed_conv, "IOHW", {12, 2, 3, 3}, 3), Sizes(3, {2, 36})},
          {"depthwise", make(Role::depthwise_conv, "OIHW", {8, 1, 3, 3}, 4), Sizes(4, {2, 9})},
          {"depthwise HWIM", make(Role::depthwise_conv, "HWIM", {3, 3, 4, 2}, 4), Sizes(4, {2, 9})},
          {"gates", sectioned(make(Role::packed_gates, "OI", {32, 8}), 0, gates), Sizes(4, {8, 8})},
          {"gates, two directions", sectioned(make(Role::packed_gates, "GOI", {2, 32, 12}), 1, gates), Sizes(8, {8, 12})},
          {"queries in groups", sectioned(make(Role::packed_qkv, "IO", {24, 32}), 1, qkv), {{16, 24}, {8, 24}, {8, 24}}},
          {"heads in", make(Role::per_head_in, "DHK", {12, 3, 5}), Sizes(3, {5, 12})},
          {"heads out", make(Role::per_head_out, "HKD", {3, 5, 12}), Sizes(3, {12, 5})},
          {"experts", make(Role::expert_stack, "EIO", {4, 10, 6}), Sizes(4, {6, 10})}};
}

TEST(OrthogonalScheme, EveryBlockIsOrthogonalAndDiffersFromTheOthers) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    const auto values = generated("orthogonal(gain=1.5)", c.geometry);
    const auto set = schemes::make_blocks(c.geometry, false);
    ASSERT_EQ(set.blocks.size(), c.blocks.size());
    std::set<double> corners;
    for (std::size_t b = 0; b < set.blocks.size(); ++b) {
      const Eigen::MatrixXd m = block_matrix(values, set, b);
      EXPECT_EQ(m.rows(), c.blocks[b].first);
      EXPECT_EQ(m.cols(), c.blocks[b].second);
      EXPECT_LE(orthogonality_error(m, 1.5), 3e-6);
      corners.insert(m(0, 0));
    }
    EXPECT_EQ(corners.size(), set.blocks.size());
    // The sum of squares of an orthogonal matrix is certain, so its expected std is exact.
    EXPECT_NEAR(root_mean_square(values), expectation_of(parse_scheme("orthogonal(gain=1.5)"), c.geometry).std, 1e-6);
  }
}

TEST(OrthogonalScheme, WholeIsOneMatrix) {
  const Geometry gates = sectioned(make(Role::packed_gates, "OI", {32, 8}), 0, {{"i", 0, 8}, {"o", 8, 16}, {"f", 16, 24}, {"c", 24, 32}});
  const auto set = schemes::make_blocks(gates, true);
  ASSERT_EQ(set.blocks.size(), 1U);
  const auto values = generated("orthogonal(blocks=whole)", gates);
  EXPECT_LE(orthogonality_error(block_matrix(values, set, 0), 1), 3e-6);
  EXPECT_NEAR(root_mean_square(values), 1 / std::sqrt(32.0), 1e-6);
  EXPECT_NEAR(expectation_of(parse_scheme("orthogonal(blocks=whole)"), gates).std, 1 / std::sqrt(32.0), 1e-15);
}

TEST(OrthogonalScheme, LayoutsHoldTheSameMatrix) {
  const auto oi = generated("orthogonal", make(Role::dense, "OI", {20, 12}));
  const auto io = generated("orthogonal", make(Role::dense, "IO", {12, 20}));
  for (std::size_t o = 0; o < 20; ++o) {
    for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(oi[o * 12 + i], io[i * 20 + o]);
  }
}

TEST(OrthogonalScheme, DoubleHasNumbersOfItsOwn) {
  const Geometry geometry = make(Role::dense, "OI", {30, 30});
  const auto values = generated<double>("orthogonal", geometry);
  const Eigen::Map<const Eigen::Matrix<double, 30, 30, Eigen::RowMajor>> q(values.data());
  EXPECT_LE((q * q.transpose() - Eigen::MatrixXd::Identity(30, 30)).cwiseAbs().maxCoeff(), 1e-14);
}

// Seeds and names change the matrix; the determinant takes both signs.
TEST(OrthogonalScheme, FollowsTheStream) {
  const Geometry geometry = make(Role::dense, "OI", {5, 5});
  int negative = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto values = generated("orthogonal", geometry, make_stream(seed, "w"));
    const Eigen::Map<const Eigen::Matrix<float, 5, 5, Eigen::RowMajor>> q(values.data());
    negative += q.determinant() < 0 ? 1 : 0;
  }
  EXPECT_NEAR(negative, 100, 4.5 * std::sqrt(50.0));
}

TEST(ScaledOrthogonal, IsOrthogonalTimesTheRootOfTheWidening) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    const auto plain = generated("orthogonal(gain=1.5)", c.geometry);
    const auto scaled = generated("scaled_orthogonal(gain=1.5)", c.geometry);
    const auto set = schemes::make_blocks(c.geometry, false);
    for (std::size_t b = 0; b < set.blocks.size(); ++b) {
      const Eigen::MatrixXd m = block_matrix(scaled, set, b);
      const double factor = std::max(1.0, std::sqrt(static_cast<double>(c.blocks[b].first) / static_cast<double>(c.blocks[b].second)));
      EXPECT_LE((m - factor * block_matrix(plain, set, b)).cwiseAbs().maxCoeff(), 1e-6);
      EXPECT_LE(orthogonality_error(m, 1.5 * factor), 3e-6 * factor * factor);
      // |W|^2 / outputs = gain^2 whatever the shape: the mean square of outputs is gain^2 times that of white inputs.
      EXPECT_NEAR(m.squaredNorm() / static_cast<double>(m.rows()), 2.25, 1e-5);
    }
    EXPECT_NEAR(root_mean_square(scaled), expectation_of(parse_scheme("scaled_orthogonal(gain=1.5)"), c.geometry).std, 1e-6);
  }
}

TEST(SpecialOrthogonal, EveryBlockIsARotation) {
  const std::vector<Section> gates{{"i", 0, 9}, {"o", 9, 18}, {"f", 18, 27}, {"c", 27, 36}};
  for (const Geometry& geometry : {make(Role::dense, "OI", {1, 1}), make(Role::dense, "OI", {16, 16}), make(Role::dense, "IO", {80, 80}),
                                   sectioned(make(Role::packed_gates, "OI", {36, 9}), 0, gates), make(Role::per_head_in, "DHK", {6, 5, 6}),
                                   make(Role::expert_stack, "EIO", {7, 12, 12})}) {
    const auto set = schemes::make_blocks(geometry, false);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const auto values = generated("special_orthogonal", geometry, make_stream(seed, "w"));
      const auto plain = generated("orthogonal", geometry, make_stream(seed, "w"));
      for (std::size_t b = 0; b < set.blocks.size(); ++b) {
        const Eigen::MatrixXd m = block_matrix(values, set, b);
        EXPECT_NEAR(m.determinant(), 1, 1e-5) << to_string(geometry.shape) << " seed " << seed << " block " << b;
        EXPECT_LE(orthogonality_error(m, 1), 3e-6);
        // All but the first column, and its size, are those of orthogonal.
        const Eigen::MatrixXd q = block_matrix(plain, set, b);
        EXPECT_EQ(m.rightCols(m.cols() - 1), q.rightCols(m.cols() - 1));
        EXPECT_EQ(m.col(0), q.determinant() < 0 ? Eigen::VectorXd(-q.col(0)) : Eigen::VectorXd(q.col(0)));
      }
    }
  }
  const auto doubled = generated<double>("special_orthogonal(gain=2)", make(Role::dense, "OI", {30, 30}));
  const Eigen::Map<const Eigen::Matrix<double, 30, 30, Eigen::RowMajor>> q(doubled.data());
  EXPECT_NEAR(q.determinant() / 0x1p30, 1, 1e-12);
  EXPECT_DOUBLE_EQ(expectation_of(parse_scheme("special_orthogonal(gain=2)"), make(Role::dense, "OI", {30, 30})).std, 2 / std::sqrt(30.0));
}

// Traces of 20,000 rotations of 5 have the first three moments of those of O(5), 0, 1 and 0 (the invariant of rotations alone has degree
// 5). 4.5 standard errors, 7e-6 of false alarm each; without Mezzadri's signs the mean is tens of them away.
TEST(SpecialOrthogonal, HasTheHaarLawOfRotations) {
  const Geometry geometry = make(Role::expert_stack, "EOI", {20000, 5, 5});
  const auto values = generated("special_orthogonal", geometry);
  const double n = 20000;
  double sum = 0, squares = 0, cubes = 0, corner = 0;
  for (std::size_t b = 0; b < 20000; ++b) {
    double trace = 0;
    for (std::size_t i = 0; i < 5; ++i) trace += static_cast<double>(values[b * 25 + i * 6]);
    sum += trace, squares += trace * trace, cubes += trace * trace * trace, corner += static_cast<double>(values[b * 25]);
  }
  EXPECT_NEAR(sum / n, 0, 4.5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 4.5 * std::sqrt(2 / n));
  EXPECT_NEAR(cubes / n, 0, 4.5 * std::sqrt(15 / n));
  EXPECT_NEAR(corner / n, 0, 4.5 / std::sqrt(5 * n));
}

TEST(DeltaOrthogonal, HasOnlyItsCentreTap) {
  for (const std::int64_t k : {3, 4}) {
    const Geometry geometry = make(Role::conv, "OIHW", {6, 4, k, k});
    const auto values = generated("delta_orthogonal(gain=2)", geometry);
    const std::int64_t centre = (k - 1) / 2;
    Eigen::MatrixXd tap(6, 4);
    for (std::int64_t at = 0; at < static_cast<std::int64_t>(values.size()); ++at) {
      const std::int64_t w = at % k, h = at / k % k, i = at / (k * k) % 4, o = at / (k * k * 4);
      if (h == centre && w == centre) {
        tap(o, i) = values[static_cast<std::size_t>(at)];
      } else {
        EXPECT_EQ(values[static_cast<std::size_t>(at)], 0);
      }
    }
    EXPECT_LE(orthogonality_error(tap, 2), 3e-6);
    EXPECT_NEAR(root_mean_square(values), expectation_of(parse_scheme("delta_orthogonal(gain=2)"), geometry).std, 1e-6);
  }
}

TEST(Identity, IsADiagonal) {
  const auto values = generated("identity(gain=3, shift=1)", make(Role::dense, "OI", {3, 4}));
  EXPECT_THAT(values, testing::ElementsAre(0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3));
  EXPECT_THAT(generated("identity(shift=-2)", make(Role::dense, "OI", {3, 2})), testing::ElementsAre(0, 0, 0, 0, 1, 0));
  EXPECT_THAT(generated("identity(shift=1)", make(Role::dense, "IO", {2, 2})), testing::ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(generated("identity(shift=9)", make(Role::dense, "OI", {2, 2})), testing::Each(0.0F));
  const Expectation expectation = expectation_of(parse_scheme("identity(gain=3, shift=1)"), make(Role::dense, "OI", {3, 4}));
  EXPECT_DOUBLE_EQ(expectation.mean, 0.75);
  EXPECT_DOUBLE_EQ(expectation.std, std::sqrt(27.0 / 12 - 0.75 * 0.75));
}

TEST(Dirac, PassesEachGroupOn) {
  const auto values = generated("dirac", make(Role::grouped_conv, "OIW", {6, 2, 4}, 2));
  for (std::size_t at = 0; at < values.size(); ++at) {
    const std::size_t t = at % 4, i = at / 4 % 2, o = at / 8;
    EXPECT_EQ(values[at], t == 2 && o % 3 == i ? 1.0F : 0.0F) << at;
  }
  const Expectation expectation = expectation_of(parse_scheme("dirac"), make(Role::grouped_conv, "OIW", {6, 2, 4}, 2));
  EXPECT_DOUBLE_EQ(expectation.mean, 4.0 / 48);
}

TEST(Sparse, KeepsAnExactNumberPerUnit) {
  const Geometry geometry = make(Role::dense, "OI", {101, 50});
  const auto columns = generated("sparse(sparsity=0.1, std=0.5)", geometry);
  const auto rows = generated("sparse(nonzeros=15, std=1, per=row)", geometry);
  for (std::size_t i = 0; i < 50; ++i) {
    int zeros = 0;
    for (std::size_t o = 0; o < 101; ++o) zeros += columns[o * 50 + i] == 0 ? 1 : 0;
    EXPECT_EQ(zeros, 11);  // ceil(10.1), as torch.nn.init.sparse_
  }
  for (std::size_t o = 0; o < 101; ++o) EXPECT_EQ(50 - std::count(&rows[o * 50], &rows[o * 50] + 50, 0.0F), 15);
  EXPECT_NE(columns, generated("sparse(sparsity=0.1, std=0.5)", geometry, make_stream(2, "layer.weight")));
}

// Which places are zero is uniform: over 2,000 columns of 20 with 5 zeros, each row is 0 in a quarter of them.
TEST(Sparse, PlacesAreUniform) {
  const Geometry geometry = make(Role::dense, "OI", {20, 2000});
  const auto values = generated("sparse(nonzeros=15, std=1)", geometry);
  for (std::size_t o = 0; o < 20; ++o) {
    const auto zeros = std::count(&values[o * 2000], &values[o * 2000] + 2000, 0.0F);
    EXPECT_NEAR(static_cast<double>(zeros), 500, 4.5 * std::sqrt(2000 * 0.25 * 0.75)) << "row " << o;
  }
}

}  // namespace
}  // namespace evenkeel
