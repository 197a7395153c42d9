// SPDX-License-Identifier: Apache-2.0
// The parts of the extension module; module.cpp puts them together.
#pragma once

#include <nanobind/nanobind.h>

namespace evenkeel::python {

namespace nb = nanobind;

void bind_errors(nb::module_& module);
void bind_schemes(nb::module_& module);
void bind_fill(nb::module_& module);

}  // namespace evenkeel::python
