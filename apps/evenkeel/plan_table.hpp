// SPDX-License-Identifier: Apache-2.0
// A plan for people: summary, table of what and why, warnings.
#pragma once

#include <string>

#include "evenkeel/plan/plan.hpp"
#include "evenkeel/report/table.hpp"

namespace evenkeel::app {

struct PlanView {
  int width = 100;
  Colour colour = Colour::off;
  bool all = false;   // a row per tensor, kept ones too
  bool wide = false;  // reasons in a column
};

[[nodiscard]] std::string plan_text(const Plan& plan, const PlanView& view);

}  // namespace evenkeel::app
