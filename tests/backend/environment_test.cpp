// SPDX-License-Identifier: Apache-2.0
// A caller that flushes subnormal numbers, rounds another way or traps gets the same bits of every law, element type and backend, and keeps
// its own settings. Laws whose values are subnormal are among them: without the guard of base these tests fail.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "backend/caller_environment.hpp"
#include "evenkeel/schemes/generate.hpp"
#include "evenkeel/theory/gain.hpp"
#include "evenkeel/theory/truncation.hpp"
#include "linalg/haar.hpp"
#include "unit/fill/filled.hpp"
#include "unit/linalg/haar_input.hpp"

namespace evenkeel::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const Distribution laws[] = {Uniform{0, 1},
                             Uniform{-0.3, 0.7},
                             Uniform{-1e-39, 1e-39},
                             Uniform{0, 1e-5},
                             Normal{0.25, 0.02},
                             Normal{0, 1e-39},
                             Normal{0, 1e-5},
                             Normal{0, 0.003},
                             TruncatedNormal{0, 1, -2, 2},
                             TruncatedNormal{0, 1, -3, 3},
                             TruncatedNormal{0.1, 0.5, -0.3, 0.6},
                             TruncatedNormal{0, 1e-39, -2e-39, 2e-39},
                             TruncatedNormal{0, 0.002, -0.004, 0.004},
                             TruncatedNormal{0, 1, 8, 9},
                             TruncatedNormal{0, 1, 3, infinity},
                             LogUniform{0.002, 3},
                             Constant{0.1},
                             Constant{1e-40}};

// f64 values are subnormal only far below what the others can hold.
const Distribution laws_f64[] = {Uniform{-1e-309, 1e-309}, Normal{0, 1e-309}, TruncatedNormal{0, 1e-309, -2e-309, 2e-309},
                                 Constant{1e-310}};

class Environment : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (const Backend& known : backends()) {
      if (known.name == GetParam() && !known.supported) GTEST_SKIP() << GetParam() << " does not run on this processor";
    }
  }
};

TEST_P(Environment, FillGivesTheSameBits) {
  const std::string backend = GetParam();
  const Stream stream = make_stream(8, "environment");
  for (const DType dtype : floating_types) {
    std::vector<Distribution> all(std::begin(laws), std::end(laws));
    if (dtype == DType::f64) all.insert(all.end(), std::begin(laws_f64), std::end(laws_f64));
    for (std::size_t law = 0; law < all.size(); ++law) {
      SCOPED_TRACE(std::string(to_string(dtype)) + ", law " + std::to_string(law));
      expect_same_in_every_environment(
          [&] { return filled_bytes({1003}, dtype, all[law], stream, {.view = {}, .threads = 1, .backend = backend}); });
    }
  }
}

TEST_P(Environment, ThreadsComputeAsTheCallerDoes) {
  const std::string backend = GetParam();
  for (const DType dtype : {DType::f32, DType::f64, DType::f8e5m2}) {
    expect_same_in_every_environment([&] {
      return filled_bytes({600, 700}, dtype, Normal{0, 1e-39}, make_stream(8, "threads"), {.view = {}, .threads = 3, .backend = backend});
    });
  }
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Backend& backend : backends()) result.emplace_back(backend.name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Backends, Environment, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

template <class T>
void expect_haar(std::int64_t rows, std::int64_t columns, T factor) {
  std::vector<T> normals = make_normals<T>(rows, columns, 9);
  for (T& x : normals) x *= factor;
  for (const linalg::ProductKernel* kernel : linalg::supported_kernels()) {
    for (const int threads : {1, 3}) {
      SCOPED_TRACE(std::string(kernel->name) + ", " + std::to_string(rows) + " x " + std::to_string(columns));
      expect_same_in_every_environment([&] {
        std::vector<T> out(static_cast<std::size_t>(rows * columns));
        linalg::make_haar_with<T>(*kernel, out, rows, columns, normals, threads);
        return bytes_of(out);
      });
    }
  }
}

TEST(Environment, OrthogonalMatricesHaveTheSameBits) {
  expect_haar<float>(130, 70, 1);
  expect_haar<float>(3, 200, 1);
  expect_haar<float>(20, 20, 0x1p-130F);  // the vectors themselves are subnormal
  expect_haar<double>(70, 130, 1);
  expect_haar<double>(9, 4, 0x1p-500);
}

TEST(Environment, SchemesGiveTheSameBits) {
  const Geometry dense{.role = Role::dense, .layout = "OI", .shape = {24, 36}};
  for (const char* text : {"he_normal(negative_slope=0.1)", "glorot_uniform(gain=5/3)", "lecun_normal(gain=1.1, truncated=true)",
                           "truncated_normal(std=0.1/3, corrected=true)", "orthogonal(gain=sqrt(2))", "orthogonal(gain=1e-39)",
                           "sparse(sparsity=0.3, std=1e-6)", "normal(std=1e-39)", "siren(omega=30)", "constant(1/3)"}) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
      SCOPED_TRACE(std::string(text) + ' ' + std::string(to_string(dtype)));
      expect_same_in_every_environment([&] {
        std::vector<std::uint8_t> bytes(24 * 36 * size_of(dtype));
        generate({bytes.data(), dtype, dense.shape, {}}, parse_scheme(text), dense, make_stream(4, "dense"), {},
                 {.view = {}, .threads = 1});
        return bytes;
      });
    }
    SCOPED_TRACE(text);
    expect_same_in_every_environment([&] {
      const Expectation expectation = expectation_of(parse_scheme(text), dense);
      return bytes_of(std::vector<double>{expectation.mean, expectation.std});
    });
  }
}

TEST(Environment, GainsAndMomentsHaveTheSameBits) {
  for (const std::string& name : activation_names()) {
    SCOPED_TRACE(name);
    expect_same_in_every_environment([&] {
      const ActivationMoments moments = moments_of(Activation{name, {}}, 0.7);
      return bytes_of(
          std::vector<double>{moments.mean, moments.second, moments.slope_second, value_of({name, {}}, 0.3), slope_of({name, {}}, -0.3)});
    });
  }
  expect_same_in_every_environment([&] {
    const Activation gelu{"gelu", {}};
    return bytes_of(std::vector<double>{forward_gain(gelu), backward_gain(gelu), centred_gain(gelu), truncated_complex_std(1.7)});
  });
  for (const double lower : {-2.0, -0.3, 2.5}) {
    expect_same_in_every_environment([&] {
      const TruncatedMoments a = truncated_moments(lower, 3);
      const Moments b = moments_of(TruncatedNormal{0, 1, lower, 3});
      return bytes_of(std::vector<double>{a.mean, a.std, a.kurtosis, b.mean, b.std});
    });
  }
}

}  // namespace
}  // namespace evenkeel::test
