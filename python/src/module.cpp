// SPDX-License-Identifier: Apache-2.0
// The extension module evenkeel._core.
#include "bindings.hpp"

NB_MODULE(_core, module) {
  module.doc() = "The compiled part of evenkeel; import evenkeel instead.";
  module.attr("version") = EVENKEEL_VERSION;
  evenkeel::python::bind_errors(module);
  evenkeel::python::bind_schemes(module);
  evenkeel::python::bind_fill(module);
}
