// SPDX-License-Identifier: Apache-2.0
// evenkeel schemes: the catalogue, made from its rows.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/schemes/scheme.hpp"
#include "terminal.hpp"

namespace evenkeel::app {
namespace {

struct Arguments {
  std::string name;
  bool json = false;
};

nlohmann::ordered_json json_of(const SchemeRow& row) {
  nlohmann::ordered_json out{{"name", row.name},
                             {"aliases", row.aliases},
                             {"formula", row.formula},
                             {"source", row.source},
                             {"when", row.when},
                             {"needs_fans", row.needs_fans},
                             {"parameters", nlohmann::ordered_json::array()}};
  for (const SchemeParameter& p : row.parameters) {
    nlohmann::ordered_json item{{"name", p.name}, {"values", p.values}, {"help", p.help}, {"default", nullptr}};
    if (!p.default_value.empty()) item["default"] = p.default_value;
    out["parameters"].push_back(std::move(item));
  }
  return out;
}

const SchemeRow& row_named(const std::string& name) {
  if (const SchemeRow* row = find_scheme(name)) return *row;
  std::vector<std::string> names;
  for (const SchemeRow& row : scheme_table()) {
    names.emplace_back(row.name);
    names.insert(names.end(), row.aliases.begin(), row.aliases.end());
  }
  fail(ErrorCode::invalid_argument,
       fmt::format("unknown scheme {}; `evenkeel schemes` lists them all{}", name, suggestion(name, names, 1)));
}

std::string catalogue_text() {
  Table table{{{"scheme", Align::left, Overflow::never}, {"formula", Align::left, Overflow::wrap}, {"source", Align::left, Overflow::wrap}},
              {}};
  for (const SchemeRow& row : scheme_table())
    table.rows.push_back({{std::string(row.name), std::string(row.formula), std::string(row.source)}, ""});
  std::string text = to_text(table, output_width(), output_colour()) + "\n";
  for (const std::string& line : wrap("`evenkeel schemes NAME` shows arguments and when to use it.", output_width())) text += line + "\n";
  return text;
}

std::string row_text(const SchemeRow& row) {
  const int width = output_width();
  std::string text = fmt::format("{}\n", row.name);
  const auto field = [&](const char* title, std::string_view content) {
    if (content.empty()) return;
    const std::vector<std::string> lines = wrap(content, width - 12);
    for (std::size_t i = 0; i < lines.size(); ++i) text += fmt::format("  {:<9} {}\n", i == 0 ? title : "", lines[i]);
  };
  field("formula", row.formula);
  field("source", row.source);
  field("use", row.when);
  field("also", fmt::format("{}", fmt::join(row.aliases, ", ")));
  if (row.parameters.empty()) return text;
  Table table{{{"argument", Align::left, Overflow::wrap},
               {"default", Align::left, Overflow::wrap},
               {"values", Align::left, Overflow::wrap, 8, 1},
               {"meaning", Align::left, Overflow::wrap}},
              {}};
  for (const SchemeParameter& p : row.parameters) {
    table.rows.push_back({{std::string(p.name), p.default_value.empty() ? "required" : std::string(p.default_value), std::string(p.values),
                           std::string(p.help)},
                          ""});
  }
  return text + "\n" + to_text(table, width, output_colour());
}

int run(const Arguments& a) {
  std::string text;
  if (a.json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    if (a.name.empty()) {
      for (const SchemeRow& row : scheme_table()) out.push_back(json_of(row));
    } else {
      out = json_of(row_named(a.name));
    }
    text = out.dump(1) + "\n";
  } else {
    text = a.name.empty() ? catalogue_text() : row_text(row_named(a.name));
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Exit::good;
}

}  // namespace

std::function<int()> describe_schemes(CLI::App& parser) {
  const auto a = std::make_shared<Arguments>();
  parser.add_option("NAME", a->name, "a scheme or one of its other names");
  parser.add_flag("--json", a->json, "print JSON");
  parser.footer("Example:\n  evenkeel schemes he_normal\n");
  return [a] { return run(*a); };
}

}  // namespace evenkeel::app
