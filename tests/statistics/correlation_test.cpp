// SPDX-License-Identifier: Apache-2.0
// Neighbours, names and seeds share nothing: correlations of values and of squares at 2^22 elements. Each has standard error 1/sqrt(n); the
// limit of 5 has a false-alarm rate of 6e-7. A correlation of 1 % is 20 standard errors away.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {
namespace {

constexpr std::int64_t count = 1 << 22;

std::vector<double> draw(Stream stream, DType dtype = DType::f32) {
  std::vector<double> values(static_cast<std::size_t>(count));
  if (dtype == DType::f64) {
    fill({.data = values.data(), .dtype = dtype, .shape = {count}, .strides = {}}, Normal{}, stream);
    return values;
  }
  std::vector<float> single(static_cast<std::size_t>(count));
  fill({.data = single.data(), .dtype = dtype, .shape = {count}, .strides = {}}, Normal{}, stream);
  return {single.begin(), single.end()};
}

// Of standard normals; squares have mean 1 and std sqrt(2).
double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag, bool squares) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i + lag];
    sum += squares ? (x * x - 1) * (y * y - 1) / 2 : x * y;
  }
  return sum / static_cast<double>(a.size() - lag) * std::sqrt(static_cast<double>(count));
}

TEST(correlation, neighbours) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const std::vector<double> values = draw(make_stream(1, "correlation"), dtype);
    for (const std::size_t lag : {1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 1024}) {
      EXPECT_LT(std::abs(correlation(values, values, lag, false)), 5) << lag;
      EXPECT_LT(std::abs(correlation(values, values, lag, true)), 5) << lag;
    }
  }
}

TEST(correlation, names_and_seeds) {
  const std::vector<double> first = draw(make_stream(1, "layers.0.weight"));
  const Stream others[] = {make_stream(1, "layers.1.weight"), make_stream(1, "layers.0.bias"), make_stream(2, "layers.0.weight"),
                           make_stream(1ULL << 32, "layers.0.weight"), make_stream(1, "layers.0.weight", "block0")};
  for (const Stream& other : others) {
    const std::vector<double> second = draw(other);
    for (const std::size_t lag : {0, 1, 2, 4}) {
      EXPECT_LT(std::abs(correlation(first, second, lag, false)), 5) << lag;
      EXPECT_LT(std::abs(correlation(first, second, lag, true)), 5) << lag;
    }
  }
}

TEST(correlation, the_check_sees_one_percent) {
  const std::vector<double> first = draw(make_stream(1, "a"));
  std::vector<double> second = draw(make_stream(1, "b"));
  for (std::size_t i = 0; i < first.size(); ++i) second[i] = 0.01 * first[i] + std::sqrt(1 - 1e-4) * second[i];
  EXPECT_GT(correlation(first, second, 0, false), 10);
}

}  // namespace
}  // namespace evenkeel::test
