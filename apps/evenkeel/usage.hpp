// SPDX-License-Identifier: Apache-2.0
// A wrong command line explained, with what was probably meant.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace evenkeel::app {

[[nodiscard]] std::string usage_message(const CLI::App& parser, const CLI::ParseError& error);

}  // namespace evenkeel::app
