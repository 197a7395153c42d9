// SPDX-License-Identifier: Apache-2.0
// Text to scheme and back, for every row of the table, and messages that help.
#include "evenkeel/schemes/scheme.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <set>

#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/generate.hpp"
#include "evenkeel/theory/gain.hpp"
#include "schemes/law.hpp"
#include "schemes/structured.hpp"

namespace evenkeel {
namespace {

std::string error_of(std::string_view text) {
  try {
    return "accepted: " + to_string(parse_scheme(text));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
}

// A text that sets every argument of a row to something it takes.
std::string with_arguments(const SchemeRow& row, bool only_required) {
  std::string text(row.name);
  const char* separator = "(";
  for (const SchemeParameter& parameter : row.parameters) {
    if (only_required && !parameter.default_value.empty()) continue;
    const std::string values(parameter.values);
    const bool number = values.starts_with("number") || values.starts_with("integer");
    text += separator + std::string(parameter.name) + "=" +
            (number             ? (values.starts_with("integer") ? "3" : "0.37")
             : values == "word" ? "g"
                                : values.substr(values.rfind('|') + 1));
    separator = ", ";
  }
  return *separator == '(' ? text : text + ")";
}

TEST(SchemeTable, NamesAreUniqueAndRowsAreComplete) {
  std::set<std::string_view> names;
  for (const SchemeRow& row : scheme_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    for (const auto alias : row.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
    EXPECT_FALSE(row.formula.empty()) << row.name;
    EXPECT_FALSE(row.when.empty()) << row.name;
    for (const SchemeParameter& parameter : row.parameters) EXPECT_FALSE(parameter.help.empty()) << row.name << " " << parameter.name;
    const Scheme scheme = parse_scheme(with_arguments(row, true));
    EXPECT_EQ(static_cast<int>(schemes::has_law(scheme)) + static_cast<int>(schemes::is_structured(scheme)), row.name == "keep" ? 0 : 1)
        << row.name;
  }
}

TEST(SchemeTable, TierAIsThere) {
  for (const char* name : {"zeros",
                           "ones",
                           "constant",
                           "uniform",
                           "random_uniform",
                           "normal",
                           "random_normal",
                           "gaussian",
                           "truncated_normal",
                           "trunc_normal",
                           "variance_scaling",
                           "glorot_uniform",
                           "glorot_normal",
                           "xavier_uniform",
                           "xavier_normal",
                           "he_uniform",
                           "he_normal",
                           "kaiming_uniform",
                           "kaiming_normal",
                           "msra",
                           "lecun_uniform",
                           "lecun_normal",
                           "orthogonal",
                           "delta_orthogonal",
                           "identity",
                           "eye",
                           "dirac",
                           "sparse"}) {
    EXPECT_NE(find_scheme(name), nullptr) << name;
  }
  EXPECT_EQ(find_scheme("nothing"), nullptr);
}

TEST(Scheme, EveryRowRoundTrips) {
  for (const SchemeRow& row : scheme_table()) {
    for (const bool only_required : {true, false}) {
      const Scheme scheme = parse_scheme(with_arguments(row, only_required));
      EXPECT_EQ(parse_scheme(to_string(scheme)), scheme) << to_string(scheme);
      EXPECT_EQ(scheme.name, row.name);
    }
    for (const auto alias : row.aliases) EXPECT_EQ(find_scheme(alias), &row);
  }
}

TEST(Scheme, NumbersRoundTripToTheLastBit) {
  std::mt19937_64 generator(7);
  for (int i = 0; i < 2000; ++i) {
    double value = 0;
    const std::uint64_t bits = generator();
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    const Scheme scheme{"constant", {{"value", value}}};
    EXPECT_EQ(parse_scheme(to_string(scheme)), scheme) << to_string(scheme);
  }
}

TEST(Scheme, IsCanonical) {
  EXPECT_EQ(to_string(parse_scheme("  kaiming_normal ( mode = fan_out ) ")), "he_normal(mode=fan_out)");
  EXPECT_EQ(to_string(parse_scheme("he_normal(mode=fan_in)")), "he_normal");
  EXPECT_EQ(to_string(parse_scheme("he_normal(mode=fan_out, negative_slope=0.1)")), "he_normal(negative_slope=0.1, mode=fan_out)");
  EXPECT_EQ(to_string(parse_scheme("constant(0.1)")), "constant(value=0.1)");
  EXPECT_EQ(to_string(parse_scheme("normal(0.02)")), "normal(std=0.02)");
  EXPECT_EQ(to_string(parse_scheme("normal(2e-2, 0)")), "normal(std=0.02)");
  EXPECT_EQ(to_string(parse_scheme("zeros()")), "zeros");
  EXPECT_EQ(to_string(parse_scheme("zero_gamma")), "zeros");
  EXPECT_EQ(to_string(parse_scheme("variance_scaling(distribution=untruncated_normal)")), "variance_scaling");
  EXPECT_EQ(to_string(parse_scheme("orthogonal(gain=1.4)")), "orthogonal(gain=1.4)");
}

TEST(Scheme, ReadsExpressions) {
  EXPECT_EQ(number_of(parse_scheme("he_uniform(negative_slope=sqrt(5))"), "negative_slope"), std::sqrt(5.0));
  EXPECT_EQ(number_of(parse_scheme("variance_scaling(scale=1/3)"), "scale"), 1.0 / 3);
  EXPECT_EQ(number_of(parse_scheme("constant(-(1+2)*3/4 - -1)"), "value"), -1.25);
  EXPECT_EQ(number_of(parse_scheme("uniform(-1/sqrt(4), 1e-3)"), "low"), -0.5);
  for (const char* text : {"constant(1+)", "constant(1 2)", "constant(1/0)", "constant(nan)", "constant(inf)", "constant(0x10)",
                           "constant(1e999)", "constant(sqrt(-1))", "constant(sqrt 4)", "constant()", "constant((1)"}) {
    EXPECT_THAT(error_of(text), testing::Not(testing::HasSubstr("accepted"))) << text;
  }
  EXPECT_THAT(error_of("constant(" + std::string(100000, '(') + ")"), testing::Not(testing::HasSubstr("accepted")));
  EXPECT_THAT(error_of("constant(" + std::string(100000, '-') + "1)"), testing::Not(testing::HasSubstr("accepted")));
}

TEST(Scheme, SaysWhatWasMeant) {
  EXPECT_THAT(error_of("he_norml"), testing::HasSubstr("did you mean he_normal?"));
  EXPECT_THAT(error_of("xavier_unifrom"), testing::HasSubstr("did you mean xavier_uniform?"));
  EXPECT_THAT(error_of("he_normal(mod=fan_out)"), testing::HasSubstr("did you mean mode?"));
  EXPECT_THAT(error_of("he_normal(mode=fanout)"), testing::HasSubstr("did you mean fan_out?"));
  EXPECT_THAT(error_of("he_normal(mode=fan_out"), testing::HasSubstr("closing bracket"));
  EXPECT_THAT(error_of("zeros(1)"), testing::HasSubstr("at most 0"));
  EXPECT_THAT(error_of("zeros(std=1)"), testing::HasSubstr("no arguments"));
  EXPECT_THAT(error_of("normal"), testing::HasSubstr("expected std"));
  EXPECT_THAT(error_of("normal(std=1, std=2)"), testing::HasSubstr("once"));
  EXPECT_THAT(error_of("normal(std=1, 2)"), testing::HasSubstr("NAME=VALUE"));
  EXPECT_THAT(error_of("normal(std=big)"), testing::HasSubstr("to be number, got 'big'"));
  EXPECT_THAT(error_of("normal(std=number)"), testing::HasSubstr("got 'number'"));
  EXPECT_THAT(error_of("normal(1, padding_row=0.5)"), testing::HasSubstr("integer"));
  EXPECT_THAT(error_of(""), testing::HasSubstr("evenkeel schemes"));
  EXPECT_THAT(error_of("zzzzzzzz"), testing::Not(testing::HasSubstr("did you mean")));
}

TEST(Scheme, ArgumentsHaveDefaults) {
  const Scheme scheme = parse_scheme("he_normal");
  EXPECT_EQ(number_of(scheme, "negative_slope"), 0);
  EXPECT_EQ(word_of(scheme, "mode"), "fan_in");
  EXPECT_THROW((void)number_of(scheme, "gain"), Error);
  EXPECT_THROW((void)number_of(scheme, "mode"), Error);
  EXPECT_EQ(word_of(parse_scheme("normal(1)"), "padding_row"), "none");
}

// kumar's constants are literals, because a value path may not call libm; here they are held against the activations.
TEST(Scheme, KumarFollowsFromTheActivation) {
  const Geometry geometry{Role::dense, "OI", {50, 100}, 1, {}, {}, -1, {}};
  for (const char* name :
       {"sigmoid", "tanh", "linear", "erf", "gelu", "gelu_tanh", "silu", "quick_gelu", "mish", "softplus", "softsign", "sin", "atan"}) {
    const Activation f{name, {}};
    const double expected = 1 / (std::fabs(slope_of(f, 0)) * std::sqrt(1 + value_of(f, 0) * value_of(f, 0))) / 10;
    const Scheme scheme = parse_scheme(std::string("kumar(activation=") + name + ")");
    EXPECT_NEAR(expectation_of(scheme, geometry).std, expected, 1e-14 * expected) << name;
  }
  EXPECT_NEAR(std::pow(expectation_of(parse_scheme("kumar"), geometry).std, 2), 12.8 / 100, 1e-14);
}

}  // namespace
}  // namespace evenkeel
