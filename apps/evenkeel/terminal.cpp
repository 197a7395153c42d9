// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace evenkeel::app {
namespace {

constexpr int narrowest = 40, piped = 100;

int width_of(int descriptor) {
  const char* columns = std::getenv("COLUMNS");
  const int stated = columns == nullptr ? 0 : std::atoi(columns);
  if (stated > 0) return std::max(narrowest, stated);
  winsize size{};
  const bool terminal = isatty(descriptor) != 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return terminal ? std::max(narrowest, static_cast<int>(size.ws_col)) : piped;
}

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::strcmp(term, "dumb") == 0;
}

}  // namespace

int output_width() { return width_of(STDOUT_FILENO); }

int error_width() { return width_of(STDERR_FILENO); }

bool error_is_terminal() { return isatty(STDERR_FILENO) != 0 && !is_dumb(); }

Colour output_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool unwanted = (no_color != nullptr && *no_color != '\0') || is_dumb();
  return isatty(STDOUT_FILENO) != 0 && !unwanted ? Colour::on : Colour::off;
}

}  // namespace evenkeel::app
