// SPDX-License-Identifier: Apache-2.0
// A command of evenkeel: it describes its options to the parser and gives back what to run.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>

namespace evenkeel::app {

enum Exit { good = 0, findings = 1, usage = 2, input_file = 3, device = 4, output = 5 };

struct Command {
  const char* name;
  const char* summary;
  std::function<int()> (*describe)(CLI::App& parser);
};

[[nodiscard]] std::function<int()> describe_plan(CLI::App& parser);
[[nodiscard]] std::function<int()> describe_init(CLI::App& parser);
[[nodiscard]] std::function<int()> describe_schemes(CLI::App& parser);

}  // namespace evenkeel::app
