// SPDX-License-Identifier: Apache-2.0
// Schemes as Python values, and the table they come from.
#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/scheme.hpp"

#include <string>

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"

namespace evenkeel::python {
namespace {

// A number as it parses back to the last bit, True as true, a word as it is.
std::string text_of(nb::handle value) {
  if (value.is(nb::bool_(true))) return "true";
  if (value.is(nb::bool_(false))) return "false";
  if (value.is_none()) return "none";
  if (nb::isinstance<nb::str>(value)) {
    auto word = nb::cast<std::string>(value);
    if (word.find_first_of("(),=") != std::string::npos)
      fail(ErrorCode::invalid_argument, "Scheme: expected a word as an argument's value, got '" + word + "'");
    return word;
  }
  return nb::cast<std::string>(nb::repr(nb::float_(value)));
}

// Scheme("he_normal", mode="fan_out"), Scheme("he_normal(mode=fan_out)").
Scheme make_scheme(const std::string& text, const nb::kwargs& arguments) {
  std::string whole = text;
  const char* separator = "(";
  const bool bare = arguments.empty();
  if (!bare && text.find('(') != std::string::npos) {
    fail(ErrorCode::invalid_argument, "Scheme: expected arguments in brackets or as keywords, got both: '" + text + "'");
  }
  for (const auto& [name, value] : arguments) {
    whole += separator + nb::cast<std::string>(name) + "=" + text_of(value);
    separator = ", ";
  }
  return parse_scheme(bare ? whole : whole + ")");
}

nb::dict arguments_of(const Scheme& scheme) {
  nb::dict arguments;
  for (const auto& [name, value] : scheme.arguments) arguments[name.c_str()] = value;
  return arguments;
}

}  // namespace

void bind_schemes(nb::module_& module) {
  nb::class_<Scheme>(module, "Scheme",
                     "A scheme as a value: Scheme(\"he_normal(mode=fan_out)\") or Scheme(\"he_normal\", mode=\"fan_out\"). It prints, "
                     "compares and hashes; arguments that equal their default are left out.")
      .def(
          "__init__",
          [](Scheme* self, const std::string& text, const nb::kwargs& arguments) { new (self) Scheme(make_scheme(text, arguments)); },
          nb::arg("text"), nb::arg("arguments"),
          nb::sig("def __init__(self, text: str, /, **arguments: float | bool | str | None) -> None"))
      .def_ro("name", &Scheme::name)
      .def_prop_ro("arguments", &arguments_of, nb::sig("def arguments(self) -> dict[str, float | str]"))
      .def("__str__", [](const Scheme& self) { return to_string(self); })
      .def("__repr__", [](const Scheme& self) { return "Scheme('" + to_string(self) + "')"; })
      .def("__hash__", [](const Scheme& self) { return std::hash<std::string>{}(to_string(self)); })
      .def(
          "__eq__", [](const Scheme& self, const Scheme& other) { return self == other; }, nb::is_operator(),
          nb::sig("def __eq__(self, other: object, /) -> bool"));

  nb::class_<SchemeParameter>(module, "SchemeParameter", "One argument of a scheme; default \"\" means that it must be given.")
      .def_ro("name", &SchemeParameter::name)
      .def_ro("default", &SchemeParameter::default_value)
      .def_ro("help", &SchemeParameter::help)
      .def_ro("values", &SchemeParameter::values);
  nb::class_<SchemeRow>(module, "SchemeRow", "One row of the table of schemes.")
      .def_ro("name", &SchemeRow::name)
      .def_ro("aliases", &SchemeRow::aliases)
      .def_ro("formula", &SchemeRow::formula)
      .def_ro("source", &SchemeRow::source)
      .def_ro("when", &SchemeRow::when)
      .def_ro("parameters", &SchemeRow::parameters)
      .def_ro("needs_fans", &SchemeRow::needs_fans)
      .def("__repr__", [](const SchemeRow& self) { return "<scheme " + std::string(self.name) + ": " + std::string(self.formula) + ">"; });
  module.def("schemes", &scheme_table, nb::rv_policy::reference, "Every scheme: formula, source and when to use it.");
}

}  // namespace evenkeel::python
