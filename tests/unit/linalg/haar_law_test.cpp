// SPDX-License-Identifier: Apache-2.0
// The Haar law itself: moments of entries and traces, both determinants, and the angles of the eigenvalues. Seeds are fixed; every
// threshold is 4.5 standard errors (about 1e-5 of false alarm over all checks), and what it would catch stands beside it.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "evenkeel/linalg/orthogonal.hpp"
#include "haar_input.hpp"

namespace evenkeel {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double errors_allowed = 4.5;

Matrix haar(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Matrix q(rows, columns);
  make_haar(std::span<double>(q.data(), static_cast<std::size_t>(q.size())), rows, columns, make_normals<double>(rows, columns, seed), 1);
  return q;
}

struct Mean {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double x) { sum += x, squares += x * x, ++count; }
  [[nodiscard]] double value() const { return sum / count; }
  [[nodiscard]] double standard_error() const { return std::sqrt((squares / count - value() * value()) / count); }
};

void expect_mean(const Mean& mean, double expected) { EXPECT_NEAR(mean.value(), expected, errors_allowed * mean.standard_error()); }

// 40,000 matrices of 6 x 6. Without Mezzadri's signs the diagonal has mean -E|x| / sqrt(6) of -0.3 or so: hundreds of standard errors.
TEST(HaarLaw, EntriesAndTraces) {
  Mean trace, trace2, cube, trace_of_square, first2, last2, last4, corner, diagonal_last;
  int negative = 0;
  constexpr int samples = 40000;
  for (int s = 0; s < samples; ++s) {
    const Matrix q = haar(6, 6, 1000 + static_cast<std::uint64_t>(s));
    const double t = q.trace();
    trace.add(t), trace2.add(t * t), cube.add(t * t * t);
    trace_of_square.add((q * q).trace());
    first2.add(q(0, 0) * q(0, 0)), last2.add(q(5, 5) * q(5, 5)), last4.add(std::pow(q(5, 3), 4));
    corner.add(q(0, 0) * q(5, 5) * q(0, 5) * q(5, 0)), diagonal_last.add(q(5, 5));
    negative += q.determinant() < 0 ? 1 : 0;
  }
  expect_mean(trace, 0);
  expect_mean(trace2, 1);
  expect_mean(cube, 0);
  expect_mean(trace_of_square, 1);  // Diaconis & Shahshahani 1994
  expect_mean(first2, 1.0 / 6);
  expect_mean(last2, 1.0 / 6);
  expect_mean(last4, 3.0 / (6 * 8));        // 3 / (n (n + 2))
  expect_mean(corner, -1.0 / (5 * 6 * 8));  // -1 / ((n - 1) n (n + 2))
  expect_mean(diagonal_last, 0);
  EXPECT_NEAR(negative, samples / 2.0, errors_allowed * std::sqrt(samples) / 2);  // a fixed determinant is 200 standard errors away
}

TEST(HaarLaw, TallMatricesHaveUniformColumns) {
  Mean entry2, last4, product;
  for (int s = 0; s < 20000; ++s) {
    const Matrix q = haar(8, 3, 50000 + static_cast<std::uint64_t>(s));
    entry2.add(q(7, 2) * q(7, 2)), last4.add(std::pow(q(2, 2), 4)), product.add(q(0, 0) * q(0, 0) * q(0, 2) * q(0, 2));
  }
  expect_mean(entry2, 1.0 / 8);
  expect_mean(last4, 3.0 / 80);
  expect_mean(product, 1.0 / 80);  // 1 / (n (n + 2)): columns are not independent
}

// Angles of the eigenvalues of 300 matrices of 50 x 50 against the uniform law by bins of equal width. Eigenvalues repel each other, so the
// count of a bin varies far less than a Poisson count: the standard error is taken from the sample. A QR without the sign correction bends
// the density by tens of percent (Mezzadri 2007, figure 1); 4.5 standard errors are about 2 % here.
TEST(HaarLaw, EigenvalueAnglesAreUniform) {
  constexpr int bins = 8, n = 50, samples = 300;
  std::vector<Mean> counts(bins);
  for (int s = 0; s < samples; ++s) {
    std::vector<int> count(bins, 0);
    const Eigen::MatrixXd q = haar(n, n, 90000 + static_cast<std::uint64_t>(s));
    const auto eigenvalues = Eigen::EigenSolver<Eigen::MatrixXd>(q, false).eigenvalues();
    for (const std::complex<double>& e : eigenvalues) {
      if (e.imag() > 1e-9) {  // pairs: one half of the circle, and the real ones (at most two) aside
        ++count[static_cast<std::size_t>(std::min(bins - 1.0, std::floor(std::arg(e) / std::numbers::pi * bins)))];
      }
    }
    for (std::size_t b = 0; b < bins; ++b) counts[b].add(count[b]);
  }
  // Density of the angles of O(n), averaged over both determinants: (n - 1) / (2 pi) on (0, pi), with ripples of order 1 at its ends only.
  const double expected = (n - 1) / 2.0 / bins;
  for (std::size_t b = 1; b + 1 < bins; ++b) {
    EXPECT_NEAR(counts[b].value(), expected, errors_allowed * counts[b].standard_error() + 0.02) << "bin " << b;
    EXPECT_LE(errors_allowed * counts[b].standard_error(), 0.07 * expected) << "the test would be weak";
  }
}

}  // namespace
}  // namespace evenkeel
