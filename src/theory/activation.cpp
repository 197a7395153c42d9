// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/theory/activation.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "theory/activation_table.hpp"

namespace evenkeel {
namespace theory {
namespace {

const ActivationRow* find_row(std::string_view name) {
  const auto& rows = activation_table();
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), name, [](const ActivationRow& row, std::string_view n) { return row.name < n; });
  return at != rows.end() && at->name == name ? &*at : nullptr;
}

template <class Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) { text += (text.empty() ? "" : ", ") + std::string(name); }
  return text.empty() ? "none" : text;
}

}  // namespace

ResolvedActivation resolve(const Activation& activation) {
  const ActivationRow* row = find_row(activation.name);
  if (row == nullptr) {
    fail(ErrorCode::invalid_argument, "activation: expected one of " + joined(activation_names()) + ", got '" + activation.name + "'");
  }
  ResolvedActivation resolved{row, row->defaults};
  for (const auto& [name, value] : activation.parameters) {
    const auto at = std::find(row->parameter_names.begin(), row->parameter_names.end(), name);
    if (at == row->parameter_names.end()) {
      fail(ErrorCode::invalid_argument,
           "activation " + activation.name + ": expected parameters " + joined(row->parameter_names) + ", got '" + name + "'");
    }
    if (!std::isfinite(value)) {
      fail(ErrorCode::invalid_argument, "activation " + activation.name + ": expected a finite " + name + "; check the model's attribute");
    }
    resolved.parameters[static_cast<std::size_t>(at - row->parameter_names.begin())] = value;
  }
  return resolved;
}

}  // namespace theory

bool is_known_activation(std::string_view name) { return theory::find_row(name) != nullptr; }

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& row : theory::activation_table()) { names.emplace_back(row.name); }
  return names;
}

double value_of(const Activation& activation, double x) {
  const DefaultFloatingPoint environment;
  const auto resolved = theory::resolve(activation);
  return resolved.row->value(x, resolved.parameters);
}

double slope_of(const Activation& activation, double x) {
  const DefaultFloatingPoint environment;
  const auto resolved = theory::resolve(activation);
  return resolved.row->slope(x, resolved.parameters);
}

std::vector<double> kinks_of(const Activation& activation) {
  const DefaultFloatingPoint environment;
  const auto resolved = theory::resolve(activation);
  return resolved.row->kinks == nullptr ? std::vector<double>{} : resolved.row->kinks(resolved.parameters);
}

std::string to_string(const Activation& activation) {
  std::string text = activation.name;
  const char* separator = "(";
  for (const auto& [name, value] : activation.parameters) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    text += separator + name + "=" + std::string(digits, end);
    separator = ", ";
  }
  return activation.parameters.empty() ? text : text + ")";
}

}  // namespace evenkeel
