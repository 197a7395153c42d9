// SPDX-License-Identifier: Apache-2.0
// A scheme is a value: a name of the table and its arguments. It prints, parses and compares.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evenkeel {

using SchemeArgument = std::variant<double, std::string>;  // words (fan_in, uniform, true) are strings

/// he_normal(mode=fan_out): arguments that equal the row's default are left out, the rest stand in the row's order.
struct Scheme {
  std::string name;
  std::vector<std::pair<std::string, SchemeArgument>> arguments;
  bool operator==(const Scheme&) const = default;
};

/// Accepts canonical names and aliases, positional and named arguments ("constant(0.1)", "normal(std=0.02)"). Throws invalid_argument
/// naming what was expected, with the nearest name ("did you mean he_normal?"). Round trips: parse_scheme(to_string(s)) == s, numbers to
/// the last bit.
[[nodiscard]] Scheme parse_scheme(std::string_view text);
[[nodiscard]] std::string to_string(const Scheme& scheme);

struct SchemeParameter {
  std::string_view name;
  std::string_view default_value;  // "" = required
  std::string_view help;
  std::string_view values = "number";  // or "integer", or the words it takes: "fan_in|fan_out"; "number|none" where it may be left out
};

/// One row of the catalogue; CLI, docs and tests are made from the rows.
struct SchemeRow {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view formula;
  std::string_view source;  // authors, year
  std::string_view when;    // when to use it, and when not
  std::vector<SchemeParameter> parameters;
  bool needs_fans = false;
};
[[nodiscard]] const std::vector<SchemeRow>& scheme_table();
/// By name or alias.
[[nodiscard]] const SchemeRow* find_scheme(std::string_view name);
/// Value of an argument, or the row's default. Throws invalid_argument for a name the row does not have.
[[nodiscard]] double number_of(const Scheme& scheme, std::string_view argument);
[[nodiscard]] std::string word_of(const Scheme& scheme, std::string_view argument);

}  // namespace evenkeel
