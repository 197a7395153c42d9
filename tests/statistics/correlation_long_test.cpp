// SPDX-License-Identifier: Apache-2.0
// Neighbours, names and seeds at 2^27 elements: correlations of values and of squares, standard error 8.6e-5. The limit of 5 has a
// false-alarm rate of 6e-7 per check, 1e-4 for all; a correlation of 0.1 % is 11 standard errors away.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {
namespace {

constexpr std::int64_t count = std::int64_t{1} << 27;
constexpr std::int64_t chunk = 1 << 20;
constexpr std::int64_t most_lag = 8;

// Elements [at, at + chunk + most_lag) of standard normals.
template <class Real>
void draw(Stream stream, std::int64_t at, std::vector<Real>& values) {
  values.resize(chunk + most_lag);
  const View view{.global = {count + most_lag}, .strides = {1}, .offset = at};
  fill({.data = values.data(), .dtype = sizeof(Real) == 8 ? DType::f64 : DType::f32, .shape = {chunk + most_lag}, .strides = {}}, Normal{},
       stream, {.view = view});
}

// Of the elements of `first` with those of `second`, `lag` further on, in standard errors: values, and squares (mean 1, std sqrt 2).
template <class Real>
void check(Stream first, Stream second, std::int64_t least_lag, const std::string& what) {
  double products[most_lag + 1] = {};
  double squares[most_lag + 1] = {};
  std::vector<Real> a, b;
  for (std::int64_t at = 0; at < count; at += chunk) {
    draw(first, at, a);
    draw(second, at, b);
    for (std::int64_t lag = least_lag; lag <= most_lag; ++lag) {
      double product = 0;
      double square = 0;
      for (std::int64_t i = 0; i < chunk; ++i) {
        const double x = static_cast<double>(a[static_cast<std::size_t>(i)]), y = static_cast<double>(b[static_cast<std::size_t>(i + lag)]);
        product += x * y;
        square += (x * x - 1) * (y * y - 1);
      }
      products[lag] += product;
      squares[lag] += square / 2;
    }
  }
  const double root = std::sqrt(static_cast<double>(count));
  double worst = 0;
  for (std::int64_t lag = least_lag; lag <= most_lag; ++lag) {
    EXPECT_LT(std::abs(products[lag] / root), 5) << what << ", lag " << lag;
    EXPECT_LT(std::abs(squares[lag] / root), 5) << what << ", squares, lag " << lag;
    worst = std::max({worst, std::abs(products[lag] / root), std::abs(squares[lag] / root)});
  }
  std::printf("  %s: at most %.2f standard errors\n", what.c_str(), worst);
}

TEST(long_correlation, neighbours) {
  const Stream stream = make_stream(21, "layers.0.weight");
  check<float>(stream, stream, 1, "f32");
  check<double>(stream, stream, 1, "f64");
}

TEST(long_correlation, names) {
  const Stream first = make_stream(21, "layers.0.weight");
  check<float>(first, make_stream(21, "layers.1.weight"), 0, "the next layer");
  check<float>(first, make_stream(21, "layers.0.bias"), 0, "the same layer's bias");
  check<float>(first, make_stream(21, "layers.0.weight", "block0"), 0, "a purpose");
  check<double>(first, make_stream(21, "layers.1.weight"), 0, "f64, the next layer");
}

TEST(long_correlation, seeds) {
  const Stream first = make_stream(21, "layers.0.weight");
  check<float>(first, make_stream(22, "layers.0.weight"), 0, "the next seed");
  check<float>(first, make_stream(21 ^ (1ULL << 32), "layers.0.weight"), 0, "one high bit of the seed");
  check<double>(first, make_stream(22, "layers.0.weight"), 0, "f64, the next seed");
}

}  // namespace
}  // namespace evenkeel::test
