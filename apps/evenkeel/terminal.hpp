// SPDX-License-Identifier: Apache-2.0
// What standard output is: how wide, and whether colours are welcome.
#pragma once

#include "evenkeel/report/table.hpp"

namespace evenkeel::app {

/// COLUMNS, else the terminal's width, else 100.
[[nodiscard]] int output_width();
/// On only for a terminal, without NO_COLOR (no-color.org) and with a TERM that is not "dumb".
[[nodiscard]] Colour output_colour();

}  // namespace evenkeel::app
