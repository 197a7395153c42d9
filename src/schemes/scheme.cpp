// SPDX-License-Identifier: Apache-2.0
// Text to scheme and back. A parsed scheme is canonical: the row's name, its order, no argument that equals the default.
#include "evenkeel/schemes/scheme.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "schemes/expression.hpp"

namespace evenkeel {
namespace {

[[noreturn]] void refuse(const std::string& message) { fail(ErrorCode::invalid_argument, message); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Levenshtein.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

// "; did you mean he_normal?", or nothing where no name is near.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(name, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best.empty() ? "" : "; did you mean " + std::string(best) + "?";
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (text[i] == separator && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

const SchemeRow& row_of(std::string_view name) {
  if (const SchemeRow* row = find_scheme(name)) return *row;
  std::vector<std::string_view> names;
  for (const SchemeRow& row : scheme_table()) {
    names.push_back(row.name);
    names.insert(names.end(), row.aliases.begin(), row.aliases.end());
  }
  const std::string near = suggestion(name, names);
  refuse("scheme: expected a name that `evenkeel schemes` lists, got '" + std::string(name) + "'" + near);
}

std::vector<std::string_view> parameter_names(const SchemeRow& row) {
  std::vector<std::string_view> names;
  for (const SchemeParameter& parameter : row.parameters) names.push_back(parameter.name);
  return names;
}

std::size_t parameter_index(const SchemeRow& row, std::string_view name) {
  for (std::size_t i = 0; i < row.parameters.size(); ++i) {
    if (row.parameters[i].name == name) return i;
  }
  refuse("scheme " + std::string(row.name) + ": expected " +
         (row.parameters.empty() ? std::string("no arguments") : "arguments " + joined(parameter_names(row))) + ", got '" +
         std::string(name) + "'" + suggestion(name, parameter_names(row)));
}

bool takes(const SchemeParameter& parameter, std::string_view what) {
  const auto values = split(parameter.values, '|');
  return std::find(values.begin(), values.end(), what) != values.end();
}

// The words that mean the same law twice are stored once.
std::string_view canonical_word(std::string_view word) { return word == "untruncated_normal" ? "normal" : word; }

SchemeArgument parse_argument(const SchemeRow& row, const SchemeParameter& parameter, std::string_view text) {
  const auto expected = [&] {
    return "scheme " + std::string(row.name) + ": expected " + std::string(parameter.name) + " to be " + std::string(parameter.values) +
           ", got '" + std::string(text) + "'";
  };
  const bool integer = takes(parameter, "integer");
  if (integer || takes(parameter, "number")) {
    if (const auto number = schemes::parse_number(text)) {
      if (integer && (*number != std::floor(*number) || std::fabs(*number) > 9e15)) refuse(expected());
      return *number;
    }
  }
  const bool is_kind = text == "number" || text == "integer" || text == "word";
  if (!text.empty() && ((takes(parameter, text) && !is_kind) || takes(parameter, "word"))) return std::string(canonical_word(text));
  refuse(expected() + (takes(parameter, "number") || integer ? "" : suggestion(text, split(parameter.values, '|'))));
}

SchemeArgument default_of(const SchemeRow& row, const SchemeParameter& parameter) {
  return parse_argument(row, parameter, parameter.default_value);
}

using Arguments = std::vector<std::optional<SchemeArgument>>;

void take_argument(const SchemeRow& row, std::string_view part, bool& named, std::size_t position, Arguments& arguments) {
  const std::size_t equals = part.find('=');
  std::size_t index = position;
  if (equals == std::string_view::npos) {
    if (named) refuse("scheme " + std::string(row.name) + ": expected NAME=VALUE after a named argument, got '" + std::string(part) + "'");
    if (position >= row.parameters.size()) {
      refuse("scheme " + std::string(row.name) + ": expected at most " + std::to_string(row.parameters.size()) +
             " arguments, got another: '" + std::string(part) + "'");
    }
  } else {
    named = true;
    index = parameter_index(row, trimmed(part.substr(0, equals)));
    part = trimmed(part.substr(equals + 1));
  }
  if (arguments[index])
    refuse("scheme " + std::string(row.name) + ": expected " + std::string(row.parameters[index].name) + " once, got it twice");
  arguments[index] = parse_argument(row, row.parameters[index], part);
}

Scheme canonical(const SchemeRow& row, const Arguments& arguments) {
  Scheme scheme{std::string(row.name), {}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const SchemeParameter& parameter = row.parameters[i];
    if (!arguments[i]) {
      if (parameter.default_value.empty()) {
        refuse("scheme " + std::string(row.name) + ": expected " + std::string(parameter.name) + " (" + std::string(parameter.help) +
               "); write " + std::string(row.name) + "(" + std::string(parameter.name) + "=...)");
      }
      continue;
    }
    if (parameter.default_value.empty() || *arguments[i] != default_of(row, parameter)) {
      scheme.arguments.emplace_back(parameter.name, *arguments[i]);
    }
  }
  return scheme;
}

SchemeArgument argument_of(const Scheme& scheme, std::string_view name) {
  const SchemeRow& row = row_of(scheme.name);
  const SchemeParameter& parameter = row.parameters[parameter_index(row, name)];
  for (const auto& [key, value] : scheme.arguments) {
    if (key == name) return value;
  }
  if (parameter.default_value.empty()) refuse("scheme " + scheme.name + ": expected " + std::string(name) + ", which has no default");
  return default_of(row, parameter);
}

}  // namespace

const SchemeRow* find_scheme(std::string_view name) {
  for (const SchemeRow& row : scheme_table()) {
    if (row.name == name || std::find(row.aliases.begin(), row.aliases.end(), name) != row.aliases.end()) return &row;
  }
  return nullptr;
}

Scheme parse_scheme(std::string_view text) {
  const DefaultFloatingPoint environment;
  text = trimmed(text);
  const std::size_t open = text.find('(');
  const SchemeRow& row = row_of(trimmed(text.substr(0, open)));
  Arguments arguments(row.parameters.size());
  if (open != std::string_view::npos) {
    if (text.back() != ')')
      refuse("scheme " + std::string(row.name) + ": expected a closing bracket at the end of '" + std::string(text) + "'");
    const std::string_view inside = trimmed(text.substr(open + 1, text.size() - open - 2));
    bool named = false;
    std::size_t position = 0;
    if (!inside.empty()) {
      for (const std::string_view part : split(inside, ',')) take_argument(row, trimmed(part), named, position++, arguments);
    }
  }
  return canonical(row, arguments);
}

std::string to_string(const Scheme& scheme) {
  std::string text = scheme.name;
  const char* separator = "(";
  for (const auto& [name, value] : scheme.arguments) {
    const auto* number = std::get_if<double>(&value);
    text += separator + name + "=" + (number != nullptr ? schemes::print_number(*number) : std::get<std::string>(value));
    separator = ", ";
  }
  return scheme.arguments.empty() ? text : text + ")";
}

double number_of(const Scheme& scheme, std::string_view argument) {
  const DefaultFloatingPoint environment;
  const SchemeArgument value = argument_of(scheme, argument);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  refuse("scheme " + scheme.name + ": expected " + std::string(argument) + " to be a number, it is '" + std::get<std::string>(value) + "'");
}

std::string word_of(const Scheme& scheme, std::string_view argument) {
  const SchemeArgument value = argument_of(scheme, argument);
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  return schemes::print_number(std::get<double>(value));
}

}  // namespace evenkeel
