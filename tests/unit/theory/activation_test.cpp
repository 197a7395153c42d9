// SPDX-License-Identifier: Apache-2.0
// Slopes against differences of values, kinks where they are said to be, and errors that help.
#include "evenkeel/theory/activation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/base/error.hpp"
#include "evenkeel/theory/gain.hpp"

namespace evenkeel {
namespace {

TEST(Activation, SlopesAreTheDerivatives) {
  for (const std::string& name : activation_names()) {
    const Activation activation{name, {}};
    const auto kinks = kinks_of(activation);
    for (double x = -7.03; x < 7.1; x += 0.171) {
      const double h = 1e-5;
      if (std::any_of(kinks.begin(), kinks.end(), [&](double k) { return std::fabs(k - x) < 2 * h; })) continue;
      const double difference = (value_of(activation, x + h) - value_of(activation, x - h)) / (2 * h);
      EXPECT_NEAR(slope_of(activation, x), difference, 2e-9 + 1e-9 * std::fabs(x)) << name << " at " << x;
    }
  }
}

// A kink that the table does not name would spoil the quadrature silently: away from kinks, second differences stay bounded.
TEST(Activation, NoKinkIsMissing) {
  for (const std::string& name : activation_names()) {
    const Activation activation{name, {}};
    const auto kinks = kinks_of(activation);
    const double h = 1e-4;
    for (double x = -8; x < 8; x += h) {
      if (std::any_of(kinks.begin(), kinks.end(), [&](double k) { return std::fabs(k - x) < 3 * h; })) continue;
      EXPECT_LT(std::fabs(slope_of(activation, x + h) - slope_of(activation, x)), 5 * h) << name << " at " << x;
    }
  }
}

TEST(Activation, DoesNotOverflowFarOut) {
  for (const std::string& name : activation_names()) {
    for (const double x : {-1e6, -800.0, 800.0, 1e6}) {
      EXPECT_TRUE(std::isfinite(value_of({name, {}}, x))) << name << " at " << x;
      EXPECT_TRUE(std::isfinite(slope_of({name, {}}, x))) << name << " at " << x;
    }
  }
}

TEST(Activation, PrintsItsParameters) {
  EXPECT_EQ(to_string(Activation{"leaky_relu", {{"negative_slope", 0.2}}}), "leaky_relu(negative_slope=0.2)");
  EXPECT_EQ(to_string(Activation{"relu", {}}), "relu");
}

TEST(Activation, UnknownNamesAndParametersSayWhatIsKnown) {
  EXPECT_FALSE(is_known_activation("relo"));
  EXPECT_TRUE(is_known_activation("gelu_tanh"));
  try {
    (void)value_of({"relo", {}}, 1);
    FAIL();
  } catch (const Error& error) { EXPECT_THAT(error.what(), testing::HasSubstr("relu")); }
  EXPECT_THROW((void)value_of({"relu", {{"alpha", 1}}}, 1), Error);
  EXPECT_THROW((void)value_of({"elu", {{"alpha", std::nan("")}}}, 1), Error);
}

TEST(Gain, JumpsHaveNoBackwardGain) {
  EXPECT_THROW((void)backward_gain({"hardshrink", {}}), Error);
  EXPECT_TRUE(std::isinf(moments_of({"thresholded_relu", {}}).slope_second));
  EXPECT_THROW((void)moments_of({"relu", {}}, 0), Error);
}

// phi(beta x) / beta has the moments of phi at beta^2 q, divided by beta^2: a sharp activation is integrated as well as a wide one.
TEST(Gain, ScalesWithItsArgument) {
  for (const double beta : {0.1, 3.0, 100.0}) {
    const double sharp = moments_of({"silu", {{"beta", beta}}}, 2).second;
    EXPECT_NEAR(sharp, moments_of({"silu", {}}, 2 * beta * beta).second / (beta * beta), 1e-12 * sharp) << beta;
  }
}

}  // namespace
}  // namespace evenkeel
