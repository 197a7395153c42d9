// SPDX-License-Identifier: Apache-2.0
// What standard output and standard error are: how wide, and whether colours are welcome.
#pragma once

#include "evenkeel/report/table.hpp"

namespace evenkeel::app {

/// COLUMNS, else the terminal's width, else 100.
[[nodiscard]] int output_width();
/// On only for a terminal, without NO_COLOR (no-color.org) and with a TERM that is not "dumb".
[[nodiscard]] Colour output_colour();
/// Whether standard error is a terminal on which a line can be drawn anew.
[[nodiscard]] bool error_is_terminal();
[[nodiscard]] int error_width();

}  // namespace evenkeel::app
