// SPDX-License-Identifier: Apache-2.0
// Numbers as arguments may be written: 0.02, 2e-2, 1/3, sqrt(5), (1+0.25)*2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace evenkeel::schemes {

/// + - * / ( ) sqrt and decimal numbers; nullopt for anything else.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
/// The shortest text that reads back as the same double.
[[nodiscard]] std::string print_number(double value);

}  // namespace evenkeel::schemes
