// SPDX-License-Identifier: Apache-2.0
// Recipes people write: TOML to the same Recipe value as the built-in ones (docs/recipes.md).
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ASSERT(expression) static_cast<void>(0)  // the parser asserts the first letter of a key before it reports a wrong one
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/plan/plan.hpp"
#include "evenkeel/plan/recipe.hpp"
#include "plan/targets.hpp"

namespace evenkeel {
namespace {

constexpr std::array positions = {BranchPosition::first,    BranchPosition::inner,      BranchPosition::last,
                                  BranchPosition::only,     BranchPosition::shortcut,   BranchPosition::scale,
                                  BranchPosition::pre_norm, BranchPosition::inner_norm, BranchPosition::last_norm};
constexpr std::array norms = {BranchNorm::none, BranchNorm::pre,         BranchNorm::inner,
                              BranchNorm::end,  BranchNorm::pre_and_end, BranchNorm::post};

// A condition holds where one of its texts fits; an empty list is no condition.
struct Conditions {
  std::vector<std::string> match, role, fed_by, followed_by, norm_before, norm_after, norm, position, branch_norm, attention, glu, cell;
  std::optional<bool> first_layer, last_layer, recurrent, transformer, has_bias, in_branch;
};

bool any_glob(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(), [text](const std::string& glob) { return matches_glob(glob, text); });
}

bool same(const std::optional<bool>& wanted, bool found) { return !wanted || *wanted == found; }

bool holds(const Conditions& c, const Subject& s) {
  const Parameter& p = s.parameter;
  const Target target{s.name, p.consumer, p.scope, p.geometry.role};
  const bool named =
      c.match.empty() || std::any_of(c.match.begin(), c.match.end(), [&](const std::string& glob) { return matches_target(glob, target); });
  const std::string_view position = p.branch ? to_string(p.branch->position) : std::string_view();
  const std::string_view branch_norm = p.branch ? to_string(p.branch->norm) : std::string_view();
  return named && any_glob(c.role, to_string(p.geometry.role)) && any_glob(c.fed_by, p.fed_by.name) &&
         any_glob(c.followed_by, p.followed_by.name) && any_glob(c.norm_before, p.norm_before) && any_glob(c.norm_after, p.norm_after) &&
         any_glob(c.norm, p.norm) && any_glob(c.position, position) && any_glob(c.branch_norm, branch_norm) &&
         any_glob(c.attention, p.attention) && any_glob(c.glu, p.glu) && any_glob(c.cell, p.cell) && same(c.first_layer, p.first_layer) &&
         same(c.last_layer, p.last_layer) && same(c.recurrent, p.recurrent) && same(c.transformer, p.transformer) &&
         same(c.has_bias, p.has_bias) && same(c.in_branch, p.branch.has_value());
}

class Reader {
 public:
  explicit Reader(std::string origin) : origin_(std::move(origin)) {}

  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const {
    const auto at = node.source().begin;
    fail(ErrorCode::bad_file, fmt::format("{}: line {}, column {}: {}", origin_, at.line, at.column, what));
  }

  [[nodiscard]] std::string text(const toml::node& node) const {
    if (!node.is_string()) refuse(node, "expected a text in quotes");
    return node.as_string()->get();
  }

  [[nodiscard]] std::vector<std::string> texts(const toml::node& node) const {
    if (!node.is_array()) return {text(node)};
    std::vector<std::string> list;
    for (const toml::node& item : *node.as_array()) list.push_back(text(item));
    if (list.empty()) refuse(node, "expected at least one text in the list");
    return list;
  }

  [[nodiscard]] bool flag(const toml::node& node) const {
    if (!node.is_boolean()) refuse(node, "expected true or false");
    return node.as_boolean()->get();
  }

  void check_keys(const toml::table& table, const std::vector<std::string>& known) const {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      fail(ErrorCode::bad_file,
           fmt::format("{}: line {}, column {}: unknown key \"{}\"{}; known here: {}", origin_, key.source().begin.line,
                       key.source().begin.column, name, suggestion(name, known), fmt::join(known, ", ")));
    }
  }

  void check_words(const toml::node& node, const std::vector<std::string>& words, const std::vector<std::string>& known) const {
    for (const std::string& word : words) {
      const bool found = std::any_of(known.begin(), known.end(), [&](const std::string& name) { return matches_glob(word, name); });
      if (!found) refuse(node, fmt::format("\"{}\" is none of {}{}", word, fmt::join(known, ", "), suggestion(word, known)));
    }
  }

 private:
  std::string origin_;
};

template <typename Words>
std::vector<std::string> names_of(const Words& words) {
  std::vector<std::string> names;
  for (const auto word : words) names.emplace_back(to_string(word));
  return names;
}

struct TextKey {
  const char* key;
  std::vector<std::string> Conditions::*field;
};
struct FlagKey {
  const char* key;
  std::optional<bool> Conditions::*field;
};

constexpr std::array text_keys = {TextKey{"match", &Conditions::match},
                                  TextKey{"role", &Conditions::role},
                                  TextKey{"fed_by", &Conditions::fed_by},
                                  TextKey{"followed_by", &Conditions::followed_by},
                                  TextKey{"norm_before", &Conditions::norm_before},
                                  TextKey{"norm_after", &Conditions::norm_after},
                                  TextKey{"norm", &Conditions::norm},
                                  TextKey{"position", &Conditions::position},
                                  TextKey{"branch_norm", &Conditions::branch_norm},
                                  TextKey{"attention", &Conditions::attention},
                                  TextKey{"glu", &Conditions::glu},
                                  TextKey{"cell", &Conditions::cell}};
constexpr std::array flag_keys = {FlagKey{"first_layer", &Conditions::first_layer}, FlagKey{"last_layer", &Conditions::last_layer},
                                  FlagKey{"recurrent", &Conditions::recurrent},     FlagKey{"transformer", &Conditions::transformer},
                                  FlagKey{"has_bias", &Conditions::has_bias},       FlagKey{"in_branch", &Conditions::in_branch}};

std::vector<std::string> rule_keys() {
  std::vector<std::string> keys = {"name", "scheme", "reason"};
  for (const TextKey& t : text_keys) keys.emplace_back(t.key);
  for (const FlagKey& f : flag_keys) keys.emplace_back(f.key);
  return keys;
}

Conditions parse_conditions(const Reader& reader, const toml::table& table) {
  Conditions conditions;
  for (const TextKey& t : text_keys) {
    if (const toml::node* node = table.get(t.key)) conditions.*t.field = reader.texts(*node);
  }
  for (const FlagKey& f : flag_keys) {
    if (const toml::node* node = table.get(f.key)) conditions.*f.field = reader.flag(*node);
  }
  if (const toml::node* node = table.get("role")) reader.check_words(*node, conditions.role, role_names());
  if (const toml::node* node = table.get("position")) reader.check_words(*node, conditions.position, names_of(positions));
  if (const toml::node* node = table.get("branch_norm")) reader.check_words(*node, conditions.branch_norm, names_of(norms));
  return conditions;
}

Rule parse_rule(const Reader& reader, const toml::node& node) {
  if (!node.is_table()) reader.refuse(node, "expected [[rule]]");
  const toml::table& table = *node.as_table();
  reader.check_keys(table, rule_keys());
  const toml::node* scheme_node = table.get("scheme");
  if (scheme_node == nullptr)
    reader.refuse(node, "the rule has no \"scheme\"; write scheme = \"he_normal\" or another that `evenkeel schemes` lists, or \"keep\"");
  Decision decision;
  try {
    decision.scheme = parse_scheme(reader.text(*scheme_node));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    reader.refuse(*scheme_node, error.what());
  }
  const toml::node* name = table.get("name");
  const toml::node* reason = table.get("reason");
  const std::string title = name == nullptr ? fmt::format("rule at line {}", node.source().begin.line) : reader.text(*name);
  decision.reason =
      reason == nullptr ? fmt::format("The recipe's \"{}\" asks for {}.", title, to_string(decision.scheme)) : reader.text(*reason);
  return {title, [conditions = parse_conditions(reader, table), decision](const Subject& s) -> std::optional<Decision> {
            return holds(conditions, s) ? std::optional(decision) : std::nullopt;
          }};
}

// Where the quoted text or the comment that begins here ends; the place itself where neither does.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  if (text[at] != '"' && text[at] != '\'') return at;
  const std::string mark(3, text[at]);
  const bool many_lines = text.substr(at).starts_with(mark);
  for (std::size_t end = at + (many_lines ? 3 : 1); end < text.size(); ++end) {
    if (text[end] == '\\' && text[at] == '"')
      ++end;
    else if (many_lines && text.substr(end).starts_with(mark))
      return end + 3;
    else if (!many_lines && (text[end] == text[at] || text[end] == '\n'))
      return end + 1;
  }
  return text.size();
}

// TOML has letters beyond ASCII in quotes and comments alone. Elsewhere toml++ runs into a branch that it says cannot be reached.
void check_characters(std::string_view text, const std::string& origin) {
  for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size(); ++at) {
    const std::size_t end = end_of_quoted(text, at);
    if (end > at) {
      at = end - 1;
    } else if (static_cast<unsigned char>(text[at]) >= 0x80) {
      const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
      fail(ErrorCode::bad_file,
           fmt::format("{}: line {}: expected letters of ASCII outside of quotes, found another; put it in quotes", origin, line));
    }
  }
}

toml::table parse_toml(std::string_view text, const std::string& origin) {
  check_characters(text, origin);
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    fail(ErrorCode::bad_file, fmt::format("{}: line {}, column {}: not TOML: {}", origin, error.source().begin.line,
                                          error.source().begin.column, error.description()));
  }
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& origin) {
  const DefaultFloatingPoint environment;
  const toml::table top = parse_toml(text, origin);
  const Reader reader(origin);
  reader.check_keys(top, {"name", "summary", "base", "rule"});
  Recipe recipe;
  const std::size_t slash = origin.find_last_of('/');
  recipe.name = slash == std::string::npos ? origin : origin.substr(slash + 1);
  if (const toml::node* name = top.get("name")) recipe.name = reader.text(*name);
  if (const toml::node* summary = top.get("summary")) recipe.summary = reader.text(*summary);
  const toml::node* rules = top.get("rule");
  if (rules != nullptr) {
    if (!rules->is_array()) reader.refuse(*rules, "expected [[rule]] in double brackets");
    for (const toml::node& rule : *rules->as_array()) recipe.rules.push_back(parse_rule(reader, rule));
  }
  if (const toml::node* base = top.get("base")) {
    const std::vector<std::string> names = recipe_names();
    const std::string name = reader.text(*base);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      reader.refuse(*base, fmt::format("base: expected one of {}, got \"{}\"{}", fmt::join(names, ", "), name, suggestion(name, names)));
    }
    Recipe below = load_recipe(name);
    recipe.fan_rule = below.fan_rule;
    for (Rule& rule : below.rules) recipe.rules.push_back(std::move(rule));
  }
  if (recipe.rules.empty()) fail(ErrorCode::bad_file, fmt::format("{}: expected at least one [[rule]] or a base, found neither", origin));
  return recipe;
}

}  // namespace evenkeel
