// SPDX-License-Identifier: Apache-2.0
// tests/oracles/theory.json: each entry of a covered section, by its id, within its own tolerance. What is not covered is listed here, by
// section.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "evenkeel/theory/gain.hpp"
#include "evenkeel/theory/truncation.hpp"

namespace evenkeel {
namespace {

using nlohmann::json;

const std::set<std::string> covered{"gains", "moments", "truncation"};
// To come with the maps of variance and correlation, and with the schemes they belong to.
const std::set<std::string> not_covered{
    "attention", "correlation_map", "covariance", "dead_networks", "dynamics", "edge_of_chaos", "finite_width", "fixed_points",
    "mup",       "normalization",   "pooling",    "residual",      "schemes",  "selu",          "spectra",      "transforms"};

const std::vector<json>& entries() {
  static const std::vector<json> all = [] {
    std::ifstream file(std::string(EVENKEEL_TEST_DATA) + "/oracles/theory.json");
    return json::parse(file).at("entries").get<std::vector<json>>();
  }();
  return all;
}

double number(const json& value) {
  if (value.is_number()) return value.get<double>();
  return value == "1/6" ? 1.0 / 6 : throw std::runtime_error("no number: " + value.dump());
}

Activation activation_of(const json& entry) {
  Activation activation{entry.at("activation").get<std::string>(), {}};
  for (const auto& [name, value] : entry.at("parameters").items()) {
    if (name == "approximate") {
      activation.name = value == "tanh" ? "gelu_tanh" : "gelu";
    } else if (name != "q") {
      activation.parameters[name] = number(value);
    }
  }
  return activation;
}

ActivationMoments moments(const json& entry) { return moments_of(activation_of(entry), number(entry.at("parameters").at("q"))); }

TruncatedMoments truncated(const json& entry) {
  return truncated_moments(number(entry.at("parameters").at("lower")), number(entry.at("parameters").at("upper")));
}

const std::map<std::string, std::function<double(const json&)>> quantities{
    {"mean", [](const json& e) { return moments(e).mean; }},
    {"second_moment", [](const json& e) { return moments(e).second; }},
    {"derivative_second_moment", [](const json& e) { return moments(e).slope_second; }},
    {"forward_gain", [](const json& e) { return forward_gain(activation_of(e)); }},
    {"backward_gain", [](const json& e) { return backward_gain(activation_of(e)); }},
    {"centered_gain", [](const json& e) { return centred_gain(activation_of(e)); }},
    {"truncated_normal_mean", [](const json& e) { return truncated(e).mean; }},
    {"truncated_normal_std", [](const json& e) { return truncated(e).std; }},
    {"truncated_normal_kurtosis", [](const json& e) { return truncated(e).kurtosis; }},
    {"truncated_complex_normal_std", [](const json& e) { return truncated_complex_std(number(e.at("parameters").at("modulus"))); }},
};

std::vector<std::size_t> covered_entries() {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < entries().size(); ++i) {
    if (covered.contains(entries()[i].at("section"))) indices.push_back(i);
  }
  return indices;
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
  std::string name = entries()[info.param].at("id");
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Oracle : public testing::TestWithParam<std::size_t> {};

TEST_P(Oracle, Agrees) {
  const json& entry = entries()[GetParam()];
  const auto quantity = quantities.find(entry.at("quantity"));
  ASSERT_NE(quantity, quantities.end()) << "no test for quantity " << entry.at("quantity");
  const double expected = std::stod(entry.at("value").get<std::string>());
  const double tolerance = entry.contains("rel_tol") && !entry["rel_tol"].is_null() ? entry["rel_tol"].get<double>() * std::fabs(expected)
                                                                                    : entry.at("abs_tol").get<double>();
  EXPECT_NEAR(quantity->second(entry), expected, tolerance) << entry.at("id");
}

INSTANTIATE_TEST_SUITE_P(Entries, Oracle, testing::ValuesIn(covered_entries()), test_name);

TEST(OracleFile, EverySectionIsCoveredOrListed) {
  std::set<std::string> seen;
  for (const json& entry : entries()) seen.insert(entry.at("section").get<std::string>());
  std::set<std::string> known = covered;
  known.insert(not_covered.begin(), not_covered.end());
  EXPECT_EQ(seen, known);
  EXPECT_EQ(entries().size(), 695U);
}

// The tolerances bite: a constant that is off by 1e-9 misses its entry.
TEST(OracleFile, ASmallErrorIsSeen) {
  const Activation off{"selu", {{"alpha", 1.6732632423543773 * (1 + 1e-9)}}};
  EXPECT_GT(std::fabs(forward_gain(off) - 1), 1e-10);
}

}  // namespace
}  // namespace evenkeel
