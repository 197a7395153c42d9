// SPDX-License-Identifier: Apache-2.0
// Each row of the table against its formula, written here a second time, for dense, convolution, grouped, transposed and packed tensors:
// the expected std exactly, the std of the values within 5 standard errors, bounds never passed. Tensors are so large that 1 % is more than
// 10 standard errors; a gain that is off by 1 % is shown to fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "geometries.hpp"

namespace evenkeel {
namespace {

struct Tensor {
  const char* what;
  Geometry geometry;
  double in, out;  // of every section
};

std::vector<Tensor> tensors() {
  const std::vector<Section> gates{{"i", 0, 256}, {"o", 256, 512}, {"f", 512, 768}, {"c", 768, 1024}};
  const std::vector<Section> qkv{{"q", 0, 512}, {"k", 512, 1024}, {"v", 1024, 1536}};
  return {{"dense", make(Role::dense, "OI", {1024, 700}), 700, 1024},
          {"dense IO", make(Role::dense, "IO", {700, 1024}), 700, 1024},
          {"convolution", make(Role::conv, "OIHW", {320, 256, 3, 3}), 2304, 2880},
          {"grouped convolution", make(Role::grouped_conv, "HWIO", {3, 3, 128, 640}, 4), 1152, 1440},
          {"transposed convolution", make(Role::transposed_conv, "IOHW", {256, 192, 4, 4}, 1, {2, 2}), 1024, 3072},
          {"packed QKV", sectioned(make(Role::packed_qkv, "OI", {1536, 512}), 0, qkv), 512, 512},
          {"packed gates", sectioned(make(Role::packed_gates, "GOI", {2, 1024, 300}), 1, gates), 300, 256},
          {"experts", make(Role::expert_stack, "EIO", {8, 300, 256}), 300, 256}};
}

struct Law {
  std::string scheme;
  std::function<double(double in, double out)> std;
  double bound;     // of |w| in units of std; 0: none
  double kurtosis;  // E w^4 / (E w^2)^2
};

std::vector<Law> laws() {
  const double cut = 2 / 0.87962566103423975;  // a truncated law reaches 2 parent stds
  const double cut_kurtosis = 2.3655367171729495;
  const double flat = std::sqrt(3.0);
  const auto fixed = [](double std) { return [std](double, double) { return std; }; };
  return {{"uniform(-0.05, 0.05)", fixed(0.05 / flat), flat, 1.8},
          {"normal(std=0.02)", fixed(0.02), 0, 3},
          {"truncated_normal(std=0.02)", fixed(0.02 * 0.87962566103423975), cut, cut_kurtosis},
          {"truncated_normal(std=0.02, corrected=true)", fixed(0.02), cut, cut_kurtosis},
          {"truncated_normal(std=0.02, low=-2, high=2, absolute=true)", fixed(0.02), 0, 3},
          {"truncated_normal(std=1, low=-1, high=1, absolute=true)", fixed(0.53956009375489697), 1 / 0.53956009375489697, 1.9355},
          {"truncated_normal(std=0.02, low=-3, high=3)", fixed(0.02 * 0.98657839255810862), 3 / 0.98657839255810862, 2.8388},
          {"variance_scaling", [](double in, double) { return std::sqrt(1 / in); }, 0, 3},
          {"variance_scaling(2, fan_out, uniform)", [](double, double out) { return std::sqrt(2 / out); }, flat, 1.8},
          {"variance_scaling(3, fan_avg, truncated_normal)", [](double in, double out) { return std::sqrt(6 / (in + out)); }, cut,
           cut_kurtosis},
          {"variance_scaling(mode=fan_geo_avg, gain=1.5)", [](double in, double out) { return 1.5 / std::pow(in * out, 0.25); }, 0, 3},
          {"glorot_uniform", [](double in, double out) { return std::sqrt(2 / (in + out)); }, flat, 1.8},
          {"glorot_normal(gain=5/3)", [](double in, double out) { return 5.0 / 3 * std::sqrt(2 / (in + out)); }, 0, 3},
          {"glorot_normal(truncated=true)", [](double in, double out) { return std::sqrt(2 / (in + out)); }, cut, cut_kurtosis},
          {"he_uniform", [](double in, double) { return std::sqrt(2 / in); }, flat, 1.8},
          {"he_uniform(negative_slope=sqrt(5))", [](double in, double) { return 1 / std::sqrt(3 * in); }, flat, 1.8},
          {"he_normal", [](double in, double) { return std::sqrt(2 / in); }, 0, 3},
          {"he_normal(negative_slope=0.25, mode=fan_out)", [](double, double out) { return std::sqrt(2 / (1.0625 * out)); }, 0, 3},
          {"he_normal(truncated=true)", [](double in, double) { return std::sqrt(2 / in); }, cut, cut_kurtosis},
          {"lecun_uniform", [](double in, double) { return 1 / std::sqrt(in); }, flat, 1.8},
          {"lecun_normal(gain=1.5)", [](double in, double) { return 1.5 / std::sqrt(in); }, 0, 3},
          {"kumar", [](double in, double) { return std::sqrt(12.8 / in); }, 0, 3},
          {"siren", [](double in, double) { return std::sqrt(2 / in) / 30; }, flat, 1.8},
          {"siren(first=true)", [flat](double in, double) { return 1 / in / flat; }, flat, 1.8},
          {"residual_scaled_normal(branches=24)", fixed(0.02 / std::sqrt(24.0)), 0, 3},
          {"depth_index_normal(index=5)", fixed(0.02 / std::sqrt(12.0)), 0, 3},
          {"small_init(width=512)", fixed(std::sqrt(2.0 / 2560)), 0, 3},
          {"wang_init(width=512, layers=8)", fixed(0.25 / std::sqrt(512.0)), 0, 3}};
}

// sqrt((kurtosis - 1) / (4 n)) is the relative standard error of a std of n independent values.
double relative_error_of_std(double kurtosis, std::size_t count) { return std::sqrt((kurtosis - 1) / (4 * static_cast<double>(count))); }

TEST(SchemeLaw, ExpectedStdIsTheFormula) {
  for (const Tensor& tensor : tensors()) {
    for (const Law& law : laws()) {
      const double expected = law.std(tensor.in, tensor.out);
      for (const Expectation& e : section_expectations_of(parse_scheme(law.scheme), tensor.geometry)) {
        EXPECT_NEAR(e.std, expected, 1e-12 * expected) << law.scheme << " on " << tensor.what;
        EXPECT_NEAR(e.mean, 0, 1e-15);
      }
      EXPECT_NEAR(expectation_of(parse_scheme(law.scheme), tensor.geometry).std, expected, 1e-12 * expected) << law.scheme;
    }
  }
}

TEST(SchemeLaw, ValuesHaveTheExpectedStdMeanShapeAndBounds) {
  for (const Tensor& tensor : tensors()) {
    for (const Law& law : laws()) {
      SCOPED_TRACE(law.scheme + " on " + tensor.what);
      const auto values = generated(law.scheme, tensor.geometry, make_stream(3, law.scheme));
      const double expected = law.std(tensor.in, tensor.out);
      const double error = relative_error_of_std(law.kurtosis, values.size());
      ASSERT_GE(0.01, 10 * error) << "the test would be weak";
      EXPECT_NEAR(root_mean_square(values) / expected, 1, 5 * error);
      double sum = 0, fourth = 0, largest = 0;
      for (const float value : values) {
        const double w = static_cast<double>(value) / expected;
        sum += w, fourth += w * w * w * w, largest = std::max(largest, std::fabs(w));
      }
      const auto n = static_cast<double>(values.size());
      EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
      EXPECT_NEAR(fourth / n, law.kurtosis, 5 * 10 / std::sqrt(n));  // var w^4 is at most 96
      if (law.bound > 0) {
        EXPECT_LE(largest, law.bound * (1 + 1e-6));
        EXPECT_GE(largest, law.bound * 0.999);
      }
    }
  }
}

TEST(SchemeLaw, OnePercentOfGainIsSeen) {
  const Tensor tensor = tensors()[2];
  for (const char* scheme : {"lecun_normal(gain=1.01)", "lecun_uniform(gain=0.99)", "variance_scaling(gain=1.01)"}) {
    const auto values = generated(scheme, tensor.geometry);
    EXPECT_GT(std::fabs(root_mean_square(values) * std::sqrt(tensor.in) - 1), 5 * relative_error_of_std(3, values.size())) << scheme;
  }
}

// Positive, so its mean is no rounding error as above: mean (b - a)/ln(b/a), E w^2 = (b^2 - a^2)/(2 ln(b/a)), ln w uniform.
TEST(SchemeLaw, LogUniformOnEveryTensor) {
  const double a = 0.001, b = 0.1, octaves = std::log(b / a);
  const double mean = (b - a) / octaves, std = std::sqrt((b * b - a * a) / (2 * octaves) - mean * mean);
  for (const Tensor& tensor : tensors()) {
    SCOPED_TRACE(tensor.what);
    for (const Expectation& e : section_expectations_of(parse_scheme("log_uniform(0.001, 0.1)"), tensor.geometry)) {
      EXPECT_NEAR(e.mean, mean, 1e-14);
      EXPECT_NEAR(e.std, std, 1e-14);
    }
    const auto values = generated("log_uniform(0.001, 0.1)", tensor.geometry);
    const auto n = static_cast<double>(values.size());
    double sum = 0, logs = 0, squares = 0;
    for (const float value : values) {
      const double l = (std::log(static_cast<double>(value)) - std::log(a)) / octaves;
      sum += static_cast<double>(value), logs += l, squares += (l - 0.5) * (l - 0.5);
      ASSERT_TRUE(static_cast<double>(value) >= a && static_cast<double>(value) < b);
    }
    EXPECT_NEAR(sum / n, mean, 5 * std / std::sqrt(n));
    EXPECT_NEAR(logs / n, 0.5, 5 / std::sqrt(12 * n));
    EXPECT_NEAR(std::sqrt(12 * squares / n), 1, 5 * relative_error_of_std(1.8, values.size()));
    // A higher end that is 1 % off moves the mean by 0.78 %, and its standard error is below a tenth of that.
    ASSERT_GE(0.0078 * mean, 5 * std / std::sqrt(n)) << "the test would be weak";
  }
}

// Sections with unlike fans: grouped queries.
TEST(SchemeLaw, SectionsHaveTheirOwnStd) {
  const Geometry qkv = sectioned(make(Role::packed_qkv, "IO", {512, 1024}), 1, {{"q", 0, 768}, {"k", 768, 896}, {"v", 896, 1024}});
  const auto expectations = section_expectations_of(parse_scheme("glorot_uniform"), qkv);
  ASSERT_EQ(expectations.size(), 3U);
  EXPECT_NEAR(expectations[0].std, std::sqrt(2.0 / 1280), 1e-15);
  EXPECT_NEAR(expectations[1].std, std::sqrt(2.0 / 640), 1e-15);
  EXPECT_NEAR(expectations[2].std, std::sqrt(2.0 / 640), 1e-15);
  EXPECT_NEAR(std::pow(expectation_of(parse_scheme("glorot_uniform"), qkv).std, 2), 0.75 * 2 / 1280 + 0.25 * 2 / 640, 1e-15);
  const auto values = generated("glorot_uniform", qkv);
  for (const auto& [begin, end, std] :
       {std::tuple{0, 768, expectations[0].std}, {768, 896, expectations[1].std}, {896, 1024, expectations[2].std}}) {
    double sum = 0;
    for (int i = 0; i < 512; ++i) {
      for (int o = begin; o < end; ++o) sum += std::pow(values[static_cast<std::size_t>(i * 1024 + o)], 2);
    }
    const double n = 512.0 * (end - begin);
    EXPECT_NEAR(std::sqrt(sum / n) / std, 1, 5 * relative_error_of_std(1.8, static_cast<std::size_t>(n)));
  }
}

}  // namespace
}  // namespace evenkeel
