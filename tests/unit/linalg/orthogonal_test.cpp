// SPDX-License-Identifier: Apache-2.0
// Orthonormality, the factorisation it stands for (against Eigen's QR), and the same bits from every kernel and thread count.
#include "evenkeel/linalg/orthogonal.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/rng/philox.hpp"
#include "evenkeel/rng/stream.hpp"
#include "haar_input.hpp"
#include "linalg/haar.hpp"

namespace evenkeel {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
Matrix<T> haar(std::int64_t rows, std::int64_t columns, std::uint64_t seed, int threads = 2) {
  Matrix<T> q(rows, columns);
  make_haar(std::span<T>(q.data(), static_cast<std::size_t>(q.size())), rows, columns, make_normals<T>(rows, columns, seed), threads);
  return q;
}

template <class T>
double orthonormality_error(const Matrix<T>& q) {
  const Matrix<double> d = q.template cast<double>();
  const Matrix<double> gram = d.rows() >= d.cols() ? Matrix<double>(d.transpose() * d) : Matrix<double>(d * d.transpose());
  return (gram - Matrix<double>::Identity(gram.rows(), gram.cols())).cwiseAbs().maxCoeff();
}

const std::vector<std::pair<std::int64_t, std::int64_t>> shapes{{1, 1},     {2, 2},    {3, 3},    {63, 63},  {64, 64},  {65, 65},
                                                                {200, 200}, {1, 37},   {37, 1},   {300, 70}, {70, 300}, {129, 128},
                                                                {5, 1000},  {1000, 5}, {257, 64}, {64, 257}};

TEST(Orthogonal, IsOrthonormalForEveryShape) {
  for (const auto& [rows, columns] : shapes) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    EXPECT_LE(orthonormality_error(haar<float>(rows, columns, 1)), 2e-6);
    EXPECT_LE(orthonormality_error(haar<double>(rows, columns, 1)), 5e-15);
  }
}

TEST(Orthogonal, StaysOrthonormalWhenLarge) { EXPECT_LE(orthonormality_error(haar<float>(1024, 1024, 2)), 5e-6); }

// Householder's Q of a matrix whose reflections are these vectors, without blocks: the definition, in double.
Matrix<double> by_definition(std::int64_t m, std::int64_t n, const std::vector<double>& normals) {
  Matrix<double> q = Matrix<double>::Identity(m, n);
  std::size_t end = normals.size();
  for (std::int64_t j = n - 1; j >= 0; --j) {
    const std::int64_t length = m - j;
    end -= static_cast<std::size_t>(length);
    Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(normals.data() + end, length);
    const double sign = x(0) < 0 ? -1 : 1;
    q(j, j) = -sign;
    x(0) += sign * x.norm();
    x.normalize();
    q.bottomRows(length) -= 2 * x * (x.transpose() * q.bottomRows(length));
  }
  return q;
}

TEST(Orthogonal, IsTheProductOfItsReflections) {
  for (const auto& [rows, columns] : shapes) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const auto normals = make_normals<double>(rows, columns, 3);
    Matrix<double> expected = by_definition(std::max(rows, columns), std::min(rows, columns), normals);
    if (rows < columns) expected.transposeInPlace();
    EXPECT_LE((haar<double>(rows, columns, 3) - expected).cwiseAbs().maxCoeff(), 1e-13);
  }
}

// The first columns of Q * sign(diag R) from a QR of a matrix: its first column is that matrix's first column, normalised, with its sign.
TEST(Orthogonal, FirstColumnIsTheFirstVectorNormalised) {
  const auto normals = make_normals<double>(50, 20, 4);
  const Matrix<double> q = haar<double>(50, 20, 4);
  const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(normals.data(), 50);
  EXPECT_LE((q.col(0) - x.normalized()).cwiseAbs().maxCoeff(), 1e-14);
}

template <class T>
std::vector<T> with_kernel(const linalg::ProductKernel& kernel, std::int64_t rows, std::int64_t columns, int threads) {
  std::vector<T> out(static_cast<std::size_t>(rows * columns));
  const auto normals = make_normals<T>(rows, columns, 5);
  linalg::make_haar_with<T>(kernel, out, rows, columns, normals, threads);
  return out;
}

template <class T>
void expect_same_bits() {
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{333, 333}, {500, 90}, {90, 500}, {1, 999}, {999, 1}, {300, 299}, {65, 701}}) {
    const auto reference = with_kernel<T>(*linalg::portable_kernel(), rows, columns, 1);
    for (const linalg::ProductKernel* kernel : linalg::supported_kernels()) {
      for (const int threads : {1, 2, 3, 7}) {
        SCOPED_TRACE(testing::Message() << kernel->name << ", " << threads << " threads, " << rows << " x " << columns);
        const auto got = with_kernel<T>(*kernel, rows, columns, threads);
        EXPECT_EQ(std::memcmp(got.data(), reference.data(), got.size() * sizeof(T)), 0);
      }
    }
  }
}

TEST(Orthogonal, SameBitsOnEveryKernelAndThreadCountF32) { expect_same_bits<float>(); }
TEST(Orthogonal, SameBitsOnEveryKernelAndThreadCountF64) { expect_same_bits<double>(); }

// The bits are a contract (docs/orthogonal-v1.md): these hashes never change within version 1. Inputs are exact: 32-bit words as fractions.
template <class T>
std::uint64_t hash_of_bits(std::int64_t rows, std::int64_t columns) {
  std::vector<T> normals(static_cast<std::size_t>(haar_normal_count(rows, columns)));
  for (std::size_t i = 0; i < normals.size(); ++i) {
    const auto block = philox4x32({static_cast<std::uint32_t>(i / 4), 0, 0, 0}, {1, 0});
    normals[i] = static_cast<T>(static_cast<std::int32_t>(block[i % 4])) / T{2147483648};
  }
  std::vector<T> out(static_cast<std::size_t>(rows * columns));
  make_haar(std::span<T>(out), rows, columns, std::span<const T>(normals));
  return hash_name({reinterpret_cast<const char*>(out.data()), out.size() * sizeof(T)});
}

TEST(Orthogonal, BitsOfVersionOne) {
  EXPECT_EQ(hash_of_bits<float>(150, 150), 7846930006130989354U);
  EXPECT_EQ(hash_of_bits<float>(70, 300), 6212220321908591987U);
  EXPECT_EQ(hash_of_bits<float>(1, 33), 15761067730634268580U);
  EXPECT_EQ(hash_of_bits<double>(150, 70), 16177389136086234987U);
}

// Section by section as the page says, without blocks of memory, packing or vectors.
std::vector<float> by_the_page(std::int64_t m, std::int64_t n, const std::vector<float>& normals) {
  const auto sum_of_squares = [](const float* y, std::int64_t count) {
    double p[16] = {};
    for (std::int64_t i = 0; i < count; ++i) p[i % 16] += static_cast<double>(y[i]) * static_cast<double>(y[i]);
    for (int half = 8; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) p[l] += p[l + half];
    }
    return p[0];
  };
  std::vector<std::vector<float>> v(static_cast<std::size_t>(n), std::vector<float>(static_cast<std::size_t>(m), 0.0F));
  std::vector<double> tau(static_cast<std::size_t>(n));
  std::vector<float> q(static_cast<std::size_t>(m * n), 0.0F);
  for (std::int64_t j = 0; j < n; ++j) {
    const float* x = normals.data() + j * m - j * (j - 1) / 2;
    float* w = v[static_cast<std::size_t>(j)].data() + j;
    const double s = std::sqrt(sum_of_squares(x, m - j));
    const double scale = 1 / (x[0] < 0 ? static_cast<double>(x[0]) - s : static_cast<double>(x[0]) + s);
    w[0] = 1;
    for (std::int64_t i = 1; i < m - j; ++i) w[i] = static_cast<float>(static_cast<double>(x[i]) * scale);
    tau[static_cast<std::size_t>(j)] = 2 / (1 + sum_of_squares(w + 1, m - j - 1));
    q[static_cast<std::size_t>(j * n + j)] = x[0] < 0 ? 1.0F : -1.0F;
  }
  for (std::int64_t first = (n - 1) / 64 * 64; first >= 0; first -= 64) {
    const std::int64_t b = std::min<std::int64_t>(64, n - first);
    const auto at = [&](std::int64_t r, std::int64_t k) { return v[static_cast<std::size_t>(first + k)][static_cast<std::size_t>(r)]; };
    std::vector<double> t(static_cast<std::size_t>(b * b), 0.0);
    for (std::int64_t j = 0; j < b; ++j) {
      for (std::int64_t i = 0; i < j; ++i) {
        double sum = 0;
        for (std::int64_t k = i; k < j; ++k) {
          float g = 0;
          for (std::int64_t r = first; r < m; ++r) g = std::fma(at(r, k), at(r, j), g);
          sum += t[static_cast<std::size_t>(i * b + k)] * static_cast<double>(g);
        }
        t[static_cast<std::size_t>(i * b + j)] = -(tau[static_cast<std::size_t>(first + j)] * sum);
      }
      t[static_cast<std::size_t>(j * b + j)] = tau[static_cast<std::size_t>(first + j)];
    }
    for (std::int64_t c = first; c < n; ++c) {
      std::vector<float> w(static_cast<std::size_t>(b), 0.0F), u(static_cast<std::size_t>(b), 0.0F);
      for (std::int64_t k = 0; k < b; ++k) {
        for (std::int64_t r = first; r < m; ++r) {
          w[static_cast<std::size_t>(k)] = std::fma(at(r, k), q[static_cast<std::size_t>(r * n + c)], w[static_cast<std::size_t>(k)]);
        }
      }
      for (std::int64_t k = 0; k < b; ++k) {
        for (std::int64_t l = 0; l < b; ++l) {
          u[static_cast<std::size_t>(k)] = std::fma(static_cast<float>(-t[static_cast<std::size_t>(k * b + l)]),
                                                    w[static_cast<std::size_t>(l)], u[static_cast<std::size_t>(k)]);
        }
      }
      for (std::int64_t r = first; r < m; ++r) {
        float& value = q[static_cast<std::size_t>(r * n + c)];
        for (std::int64_t k = 0; k < b; ++k) value = std::fma(at(r, k), u[static_cast<std::size_t>(k)], value);
      }
    }
  }
  return q;
}

TEST(Orthogonal, IsWhatThePageSays) {
  for (const auto& [m, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{{90, 90}, {140, 70}, {33, 1}}) {
    const auto normals = make_normals<float>(m, n, 8);
    std::vector<float> got(static_cast<std::size_t>(m * n));
    make_haar(std::span<float>(got), m, n, std::span<const float>(normals));
    EXPECT_EQ(got, by_the_page(m, n, normals)) << m << " x " << n;
  }
}

TEST(Orthogonal, TransposedShapesFromTheSameNormalsAreTransposes) {
  const Matrix<float> tall = haar<float>(150, 40, 6);
  const Matrix<float> wide = haar<float>(40, 150, 6);
  EXPECT_EQ(tall, wide.transpose());
}

TEST(Orthogonal, ZeroVectorsKeepTheMatrixOrthogonal) {
  std::vector<float> normals(static_cast<std::size_t>(haar_normal_count(9, 9)), 0.0F);
  std::vector<float> out(81);
  make_haar(out, 9, 9, normals);
  for (std::size_t i = 0; i < 81; ++i) EXPECT_EQ(out[i], i % 10 == 0 ? 1.0F : 0.0F);
}

// Against Eigen's LU; sizes on both sides of a block of reflections.
TEST(Orthogonal, DeterminantIsKnownFromTheNormals) {
  int negative = 0;
  for (const std::int64_t n : {1, 2, 3, 7, 64, 65}) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const double single = haar<float>(n, n, seed).cast<double>().determinant();
      EXPECT_NEAR(haar_determinant(n, std::span<const float>(make_normals<float>(n, n, seed))), single, 1e-4) << n << ' ' << seed;
      const double wide = haar<double>(n, n, seed).determinant();
      EXPECT_NEAR(haar_determinant(n, std::span<const double>(make_normals<double>(n, n, seed))), wide, 1e-10) << n << ' ' << seed;
      negative += wide < 0 ? 1 : 0;
    }
  }
  EXPECT_GT(negative, 20);
  EXPECT_LT(negative, 52);
  std::vector<float> normals(static_cast<std::size_t>(haar_normal_count(9, 9)), 0.0F);  // no reflection at all
  EXPECT_EQ(haar_determinant(9, normals), 1);
  EXPECT_EQ(haar_determinant(0, std::span<const float>{}), 1);
  EXPECT_THROW((void)haar_determinant(8, normals), Error);
}

TEST(Orthogonal, CountsItsNormals) {
  EXPECT_EQ(haar_normal_count(4, 4), 10);
  EXPECT_EQ(haar_normal_count(5, 3), 12);
  EXPECT_EQ(haar_normal_count(3, 5), 12);
  EXPECT_EQ(haar_normal_count(0, 5), 0);
  std::vector<float> out(6);
  std::vector<float> normals(4);
  EXPECT_THROW(make_haar(out, 2, 3, normals), Error);
  EXPECT_THROW((void)haar_normal_count(-1, 3), Error);
}

}  // namespace
}  // namespace evenkeel
