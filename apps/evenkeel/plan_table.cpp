// SPDX-License-Identifier: Apache-2.0
#include "plan_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "evenkeel/plan/recipe.hpp"
#include "fold.hpp"

namespace evenkeel::app {
namespace {

std::string shape_words(const Shape& shape) { return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x")); }

std::string fans_words(const PlanEntry& entry) {
  if (entry.fans.empty()) return "";
  return fmt::format("{:.6g} > {:.6g}", entry.fans[0].fan_in, entry.fans[0].fan_out);
}

std::string scheme_words(const PlanEntry& e) {
  if (is_taken(e)) return "taken";
  return (needs_source(e) ? "stored rows + " : "") + to_string(e.scheme);
}

Row row_of(const PlanEntry& e, const std::string& title, std::size_t count, const PlanView& view) {
  const bool kept = is_kept(e);
  Row row{{title, count > 1 ? fmt::format("{}", count) : "", std::string(to_string(e.geometry.role)), shape_words(e.geometry.shape),
           fans_words(e), scheme_words(e), kept ? "" : fmt::format("{:.4g}", e.std)},
          ""};
  if (view.wide) row.cells.push_back(e.reason);
  const bool plain = is_taken(e) && e.source->name == e.name && e.source->dtype == e.dtype && !e.source->transposed;
  if (!view.wide && !plain) row.note = e.reason;
  return row;
}

Table empty_table(const PlanView& view) {
  Table table{{{"parameter", Align::left, Overflow::wrap, 12},
               {"x", Align::right, Overflow::never, 0, 1},
               {"role", Align::left, Overflow::wrap, 9, 2},
               {"shape", Align::left, Overflow::wrap, 6, 4},
               {"fan in > out", Align::left, Overflow::wrap, 6, 3},
               {"scheme", Align::left, Overflow::wrap, 12},
               {"std", Align::right, Overflow::never}},
              {}};
  if (view.wide) table.columns.push_back({"why", Align::left, Overflow::never});
  return table;
}

// Shapes of a fold that differ are not shown as if they were one.
void mark_mixed(Row& row, const Fold& fold) {
  const bool same = std::all_of(fold.members.begin(), fold.members.end(),
                                [&](const PlanEntry* e) { return e->geometry.shape == fold.members[0]->geometry.shape; });
  if (!same) row.cells[3] = "various";
}

// "model    NAME", wrapped below the name.
std::string field(const char* title, const std::string& content, int width) {
  constexpr int indent = 9;
  std::string text;
  for (const std::string& line : wrap(content, width > 0 ? std::max(indent, width - indent) : 0))
    text += fmt::format("{:<9}{}\n", text.empty() ? title : "", line);
  return text;
}

// Names come from the model file, and so do parts of the reasons and warnings.
Plan printable_plan(Plan plan) {
  plan.model = printable(plan.model);
  plan.recipe = printable(plan.recipe);
  plan.from = printable(plan.from);
  for (std::string& name : plan.unused) name = printable(name);
  for (std::string& warning : plan.warnings) warning = printable(warning);
  for (PlanEntry& e : plan.parameters) {
    for (std::string* text : {&e.name, &e.rule, &e.reason}) *text = printable(*text);
    if (e.source) e.source->why = printable(e.source->why);
  }
  return plan;
}

std::string summary_of(const Plan& plan, int width) {
  long long set = 0, taken = 0, kept = 0, values = 0;
  for (const PlanEntry& e : plan.parameters) {
    is_taken(e) ? ++taken : is_kept(e) ? ++kept : ++set;
    if (!is_kept(e)) values += element_count(e.geometry.shape) - (needs_source(e) ? element_count(e.source->shape) : 0);
  }
  const bool sources = std::any_of(plan.parameters.begin(), plan.parameters.end(), [](const PlanEntry& e) { return e.source.has_value(); });
  const std::string about = recipe_summary(plan.recipe);
  const std::string counts = fmt::format("{} to initialise ({} values), {}{} kept", with_thousands(set), with_thousands(values),
                                         sources ? with_thousands(taken) + " taken, " : "", with_thousands(kept));
  return field("model", plan.model, width) + (plan.from.empty() ? "" : field("from", plan.from, width)) +
         field("recipe", plan.recipe + (about.empty() ? "" : ": " + about), width) + field("tensors", counts, width) + "\n";
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(most, names.size());
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     names.size() > shown ? ", ..." : "");
}

std::string kept_words(const Plan& plan, int width) {
  std::map<std::string, std::vector<std::string>> by_rule;
  for (const PlanEntry& e : plan.parameters) {
    if (is_kept(e) && !is_taken(e)) by_rule[e.rule].push_back(e.name);
  }
  std::string text;
  for (const auto& [rule, names] : by_rule) {
    const std::string line = fmt::format("kept, {}: {} tensor{} ({})", rule, names.size(), names.size() == 1 ? "" : "s", listed(names, 3));
    for (const std::string& part : wrap(line, width)) text += part + "\n";
  }
  return text.empty() ? "" : "\n" + text + (by_rule.empty() ? "" : "(--all lists them)\n");
}

// "taken 190, extended 2, new 3, did not fit 1 (classifier.weight: stored (10, 512), wanted (1000, 512))", and what was left over.
std::string source_words(const Plan& plan, const PlanView& view) {
  std::map<SourceStatus, std::size_t> counts;
  std::vector<std::string> unfit;
  for (const PlanEntry& e : plan.parameters) {
    if (!e.source) continue;
    ++counts[e.source->status];
    if (e.source->status == SourceStatus::unfit) unfit.push_back(e.name + ": " + e.source->why);
  }
  if (counts.empty()) return "";
  std::string line;
  for (const SourceStatus status : {SourceStatus::taken, SourceStatus::extended, SourceStatus::fresh, SourceStatus::unfit})
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", to_string(status), counts[status]);
  const std::size_t most = view.all ? unfit.size() : 3;
  if (!unfit.empty()) line += fmt::format(" ({})", listed(unfit, most));
  std::string text = "\n";
  for (const std::string& part : wrap(line, view.width)) text += part + "\n";
  if (!view.all || plan.unused.empty()) return text;
  for (const std::string& part : wrap("not used: " + listed(plan.unused, plan.unused.size()), view.width)) text += part + "\n";
  return text;
}

std::string warning_words(const Plan& plan, const PlanView& view) {
  std::string text;
  for (const std::string& warning : plan.warnings) {
    const bool colour = view.colour == Colour::on;
    text += "\n";
    bool first = true;
    for (const std::string& line : wrap("warning: " + warning, view.width)) {
      text += first && colour ? "\x1b[33m" + line + "\x1b[0m\n" : line + "\n";
      first = false;
    }
  }
  return text;
}

}  // namespace

std::string plan_text(const Plan& given, const PlanView& view) {
  const Plan plan = printable_plan(given);
  Table table = empty_table(view);
  if (view.all) {
    for (const PlanEntry& e : plan.parameters) table.rows.push_back(row_of(e, e.name, 1, view));
  } else {
    for (const Fold& fold : folds_of(plan)) {
      table.rows.push_back(row_of(*fold.members[0], fold.title, fold.members.size(), view));
      mark_mixed(table.rows.back(), fold);
    }
  }
  const std::string kept = view.all ? "" : kept_words(plan, view.width);
  return summary_of(plan, view.width) + to_text(table, view.width, view.colour) + source_words(plan, view) + kept +
         warning_words(plan, view) + "\n";
}

}  // namespace evenkeel::app
