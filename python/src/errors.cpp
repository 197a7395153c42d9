// SPDX-License-Identifier: Apache-2.0
// evenkeel::Error in Python: evenkeel.Error, and for each code the built-in exception that a Python programmer expects too.
#include "evenkeel/base/error.hpp"

#include <string>

#include <nanobind/stl/string.h>

#include "bindings.hpp"

namespace evenkeel::python {
namespace {

// References that the module holds as long as the process lives.
struct Types {
  PyObject* error = nullptr;
  PyObject* argument = nullptr;
  PyObject* unsupported = nullptr;
};

PyObject* make_type(nb::module_& module, const char* name, const char* help, nb::handle bases) {
  const std::string full = nb::cast<std::string>(module.attr("__name__")) + "." + name;
  PyObject* type = PyErr_NewExceptionWithDoc(full.c_str(), help, bases.ptr(), nullptr);
  if (type == nullptr) throw nb::python_error();
  module.attr(name) = nb::borrow(type);
  return type;
}

PyObject* type_of(const Types& types, ErrorCode code) {
  if (code == ErrorCode::invalid_argument) return types.argument;
  return code == ErrorCode::unsupported ? types.unsupported : types.error;
}

}  // namespace

void bind_errors(nb::module_& module) {
  static Types types;
  types.error = make_type(module, "Error", "What evenkeel raises; the message says what was expected, what was received and what to do.",
                          PyExc_Exception);
  const nb::handle error = types.error;
  types.argument = make_type(module, "ArgumentError", "A value that cannot be used.", nb::make_tuple(error, nb::handle(PyExc_ValueError)));
  types.unsupported =
      make_type(module, "UnsupportedError", "What evenkeel cannot do.", nb::make_tuple(error, nb::handle(PyExc_NotImplementedError)));
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const Error& failure) { PyErr_SetString(type_of(types, failure.code()), failure.what()); }
  });
}

}  // namespace evenkeel::python
