// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/make_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/rng/stream.hpp"
#include "plan/known_fans.hpp"
#include "plan/rename.hpp"
#include "plan/sources.hpp"
#include "plan/subjects.hpp"
#include "plan/warnings.hpp"

namespace evenkeel {
namespace {

struct Choice {
  Decision decision;
  std::string rule;
  std::optional<EntrySource> source = std::nullopt;
};

void check_globs(const std::vector<std::string>& globs, const Subjects& subjects, std::string_view option) {
  const std::vector<Target>& targets = subjects.targets();
  for (const std::string& glob : globs) {
    if (std::any_of(targets.begin(), targets.end(), [&](const Target& t) { return matches_target(glob, t); })) continue;
    const std::vector<std::string> names = names_of(targets);
    fail(ErrorCode::invalid_argument,
         fmt::format("{} {}: expected a glob that fits a tensor, a node, a scope or role:NAME, found no match among {} tensors{}", option,
                     glob, targets.size(), suggestion(glob, names)));
  }
}

Scheme parse_option(const std::string& text, std::string_view option) {
  try {
    return parse_scheme(text);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    fail(ErrorCode::invalid_argument, fmt::format("{}: {}", option, error.what()));
  }
}

bool any_matches(const std::vector<std::string>& globs, const Subjects& subjects, const std::vector<std::size_t>& group) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return std::any_of(group.begin(), group.end(), [&](std::size_t i) { return matches_target(glob, subjects.target(i)); });
  });
}

class Planner {
 public:
  Planner(const Graph& graph, const Analysis& analysis, const Recipe& recipe, const PlanOptions& options)
      : graph_(graph), recipe_(recipe), options_(options), subjects_(graph, analysis, recipe.fan_rule, options.untie) {
    std::vector<std::string> globs;
    for (const auto& [glob, text] : options.set) {
      globs.push_back(glob);
      set_.push_back(parse_option(text, fmt::format("--set {}={}", glob, text)));
    }
    check_globs(globs, subjects_, "--set");
    check_globs(options.only, subjects_, "--only");
    if (options.from) sources_.emplace(graph, subjects_, options_);
    if (!options.unknown.empty()) unknown_ = parse_option(options.unknown, fmt::format("--unknown {}", options.unknown));
  }

  Plan make() {
    std::vector<std::optional<Choice>> choices(subjects_.size());
    std::vector<std::size_t> undecided;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (subjects_.owner(i) != i) continue;
      choices[i] = choose(i);
      if (choices[i]) say_what_only_reaches(i, *choices[i]);
      if (!choices[i]) undecided.push_back(i);
    }
    if (!undecided.empty()) refuse(undecided);
    Plan plan;
    plan.stream_version = stream_version;
    plan.recipe = recipe_.name;
    for (std::size_t i = 0; i < subjects_.size(); ++i) plan.parameters.push_back(entry_of(i, *choices[subjects_.owner(i)]));
    check_streams(plan);
    update_expectations(plan);
    plan.warnings = notes_;
    return plan;
  }

  /// What became of the file that values are taken from; last, since the analysis knows nothing of the entries added here.
  void finish_sources(Plan& plan) {
    if (!sources_) return;
    for (PlanEntry& entry : sources_->other_entries()) plan.parameters.push_back(std::move(entry));
    std::map<std::string_view, std::size_t> places;
    for (std::size_t t = 0; t < graph_.tensors.size(); ++t) places.emplace(graph_.tensors[t].name, t);
    std::stable_sort(plan.parameters.begin(), plan.parameters.end(),
                     [&](const PlanEntry& a, const PlanEntry& b) { return places.at(a.name) < places.at(b.name); });
    for (std::string& warning : sources_->warnings(plan)) plan.warnings.push_back(std::move(warning));
    plan.from = options_.from->name;
    plan.unused = sources_->unused();
  }

 private:
  // --only, --set, --keep-statistics, --from, the recipe, --unknown: the first that speaks decides.
  std::optional<Choice> choose(std::size_t i) {
    if (sources_) sources_->claim(i);
    if (std::optional<Choice> asked = asked_for(i)) return asked;
    std::optional<EntrySource> source = sources_ ? sources_->source_of(i) : std::nullopt;
    const std::string words = source ? sources_->words_of(*source, i) : "";
    if (source && source->status == SourceStatus::taken) return Choice{{keep_scheme(), words, false, {}}, "--from", std::move(source)};
    std::optional<Choice> choice = recommended(i);
    if (!choice || !source) return choice;
    const bool kept = choice->decision.scheme == keep_scheme();
    if (kept && source->status == SourceStatus::fresh) return choice;  // nothing is missing where nothing is initialised
    if (kept && source->status == SourceStatus::extended) {
      source->status = SourceStatus::unfit;
      source->why = fmt::format("{} has more rows than the file stores, and nothing initialises them", subjects_.name(i));
    }
    choice->decision.reason = words + choice->decision.reason;
    choice->source = std::move(source);
    return choice;
  }

  std::optional<Choice> asked_for(std::size_t i) {
    const std::vector<std::size_t>& group = subjects_.tied(i);
    if (!options_.only.empty() && !any_matches(options_.only, subjects_, group))
      return Choice{{keep_scheme(), "Stays as stored: no --only glob fits it.", false, {}}, "--only"};
    for (std::size_t k = set_.size(); k-- > 0;) {
      if (!any_matches({options_.set[k].first}, subjects_, group)) continue;
      const bool floating = is_floating(tensor(i).dtype);
      if (!floating && set_[k].name != "keep") {
        fail(ErrorCode::invalid_argument,
             fmt::format("--set {}={}: {} holds {}, expected a floating type; only \"keep\" is possible", options_.set[k].first,
                         options_.set[k].second, subjects_.name(i), to_string(tensor(i).dtype)));
      }
      std::string reason = fmt::format("Asked for by --set {}={}.", options_.set[k].first, options_.set[k].second) + overruled(k, group);
      if (const auto source = sources_ ? sources_->source_of(i) : std::nullopt; source && !source->name.empty())
        reason += fmt::format(" {} of the file is not taken.", source->name);
      return Choice{{set_[k], std::move(reason), false, {}}, "--set"};
    }
    const Role role = subjects_.parameter(i).geometry.role;
    if (options_.keep_statistics && (role == Role::running_mean || role == Role::running_var))
      return Choice{{keep_scheme(), "Running statistics stay as stored (--keep-statistics).", false, {}}, "--keep-statistics"};
    return std::nullopt;
  }

  // Tied tensors are one: a --set for another of them would have decided, had it stood last.
  std::string overruled(std::size_t k, const std::vector<std::size_t>& group) {
    for (std::size_t other = k; other-- > 0;) {
      if (set_[other] == set_[k]) continue;
      for (const std::size_t member : group) {
        const Target target = subjects_.target(member);
        if (!matches_target(options_.set[other].first, target) || matches_target(options_.set[k].first, target)) continue;
        const std::string text = fmt::format("--set {}={} fits {} too, which is tied to it; the later --set counts for both",
                                             options_.set[other].first, options_.set[other].second, subjects_.name(member));
        notes_.push_back(fmt::format("--set {}={}: {}. --untie {} takes them apart.", options_.set[k].first, options_.set[k].second, text,
                                     subjects_.name(member)));
        return " " + text + ".";
      }
    }
    return "";
  }

  // Tied tensors are one: --only for one of them is for all.
  void say_what_only_reaches(std::size_t i, Choice& choice) {
    const std::vector<std::size_t>& group = subjects_.tied(i);
    if (options_.only.empty() || choice.rule == "--only") return;
    const auto fits = [&](std::size_t k) { return any_matches(options_.only, subjects_, {k}); };
    const auto asked = std::find_if(group.begin(), group.end(), fits), other = std::find_if_not(group.begin(), group.end(), fits);
    if (other == group.end()) return;
    choice.decision.reason +=
        fmt::format(" --only fits {}; {} is tied to it and gets new values too.", subjects_.name(*asked), subjects_.name(*other));
    notes_.push_back(fmt::format("--only fits {}; {} is tied to it and gets new values too. --untie {} takes them apart.",
                                 subjects_.name(*asked), subjects_.name(*other),
                                 subjects_.name(subjects_.owner(*other) == *other ? *asked : *other)));
  }

  std::optional<Choice> recommended(std::size_t i) {
    const Subject subject = subjects_.subject(i);
    for (const Rule& rule : recipe_.rules) {
      if (std::optional<Decision> decision = rule.decide(subject)) return Choice{std::move(*decision), rule.name};
    }
    if (unknown_) {
      return Choice{{*unknown_,
                     fmt::format("Recipe {} has no rule for role {}; set by --unknown.", recipe_.name,
                                 to_string(subjects_.parameter(i).geometry.role)),
                     true,
                     {}},
                    "--unknown"};
    }
    return std::nullopt;
  }

  [[noreturn]] void refuse(const std::vector<std::size_t>& undecided) const {
    constexpr std::size_t most = 5;
    std::string list;
    for (std::size_t k = 0; k < std::min(most, undecided.size()); ++k) {
      const Parameter& p = subjects_.parameter(undecided[k]);
      list += fmt::format("\n  {} {} (role {}, read by {} {})", subjects_.name(undecided[k]), to_string(p.geometry.shape),
                          to_string(p.geometry.role), p.node_op, p.consumer.empty() ? "no node" : p.consumer);
    }
    if (undecided.size() > most) list += fmt::format("\n  and {} more", undecided.size() - most);
    fail(ErrorCode::invalid_argument,
         fmt::format("recipe {}: no rule for {} tensor{}:{}\nSettle it with --set '{}=SCHEME' or, for all of them, --unknown lecun_normal",
                     recipe_.name, undecided.size(), undecided.size() == 1 ? "" : "s", list, subjects_.name(undecided[0])));
  }

  const StoredTensor& tensor(std::size_t i) const { return graph_.tensors[static_cast<std::size_t>(subjects_.parameter(i).tensor)]; }

  PlanEntry entry_of(std::size_t i, const Choice& choice) const {
    const Parameter& p = subjects_.parameter(i);
    const std::size_t owner = subjects_.owner(i);
    PlanEntry entry;
    entry.name = subjects_.name(i);
    entry.geometry = p.geometry;
    entry.dtype = tensor(i).dtype;
    entry.fans = known_fans_of(p.geometry);
    entry.scheme = choice.decision.scheme;
    entry.scheme_fans = choice.decision.scheme_fans;
    entry.stream = canonical_name(subjects_.name(owner));
    entry.rule = choice.rule;
    entry.reason = choice.decision.reason;
    entry.evidence = p.evidence;
    entry.source = choice.source;
    entry.assumed = choice.decision.assumed || (p.assumed && !is_kept(entry));
    const Role role = p.geometry.role;
    entry.buffer =
        role == Role::running_mean || role == Role::running_var || ((role == Role::bias || role == Role::norm_scale) && p.folded_norm);
    entry.consumer = p.consumer;
    entry.scope = p.scope;
    if (owner != i) {
      entry.view = p.view;
      if (entry.view.is_identity() && (!is_kept(entry) || is_taken(entry))) entry.view = whole_view(p.geometry.shape);
      entry.reason = fmt::format("Same numbers as {}{}. {}", subjects_.name(owner), p.tie.empty() ? "" : fmt::format(" ({})", p.tie),
                                 choice.decision.reason);
    }
    assume_fans(entry);
    say_what_is_assumed(entry, p);
    say_how_sure(entry, p);
    say_what_is_merged(entry, p);
    return entry;
  }

  static View whole_view(const Shape& shape) { return {shape, row_major_strides(shape), 0}; }

  // A scheme that needs fans, asked for a tensor whose axes the graph does not explain.
  static void assume_fans(PlanEntry& entry) {
    const SchemeRow* row = find_scheme(entry.scheme.name);
    const Shape& shape = entry.geometry.shape;
    if (row == nullptr || !row->needs_fans || !entry.fans.empty() || !entry.scheme_fans.empty() || shape.size() < 2) return;
    double field = 1;
    for (std::size_t a = 2; a < shape.size(); ++a) field *= static_cast<double>(shape[a]);
    const auto fan = [field](std::int64_t units) { return std::max(1.0, static_cast<double>(units) * field); };
    entry.scheme_fans = {{fan(shape[1]), fan(shape[0])}};
    entry.assumed = true;
    entry.reason += fmt::format(" *Assumed*: axes (output, input, ...), so fan_in {:g}, fan_out {:g}.", entry.scheme_fans[0].fan_in,
                                entry.scheme_fans[0].fan_out);
  }

  // Without a graph the role itself rests on names and shapes.
  static void say_how_sure(PlanEntry& entry, const Parameter& p) {
    const bool guess = p.certainty.find("ssumed") != std::string::npos && entry.reason.find("ssumed") != std::string::npos;
    if (p.certainty.empty() || guess || entry.reason.find(" without a graph") != std::string::npos) return;
    entry.reason += fmt::format(" ({}, from names and shapes)", p.certainty);
  }

  static void say_what_is_assumed(PlanEntry& entry, const Parameter& p) {
    const bool said = entry.reason.find("ssumed") != std::string::npos;
    if (!entry.assumed || said) return;
    const auto named =
        std::find_if(p.evidence.begin(), p.evidence.end(), [](const std::string& e) { return e.find("ssumed") != std::string::npos; });
    entry.reason += named == p.evidence.end() ? " The role is *assumed*." : fmt::format(" {}.", *named);
  }

  void say_what_is_merged(PlanEntry& entry, const Parameter& p) const {
    std::vector<std::string> shared;
    std::copy_if(p.merged.begin(), p.merged.end(), std::back_inserter(shared), [&](const std::string& name) {
      return std::none_of(options_.untie.begin(), options_.untie.end(), [&](const std::string& glob) { return matches_glob(glob, name); });
    });
    if (shared.empty() || is_kept(entry)) return;
    entry.reason += fmt::format(" The exporter stored {} equal tensors as this one ({}{}); they share its values.", shared.size() + 1,
                                shared[0], shared.size() > 1 ? ", ..." : "");
  }

  void check_streams(const Plan& plan) const {
    std::map<std::uint64_t, const PlanEntry*> streams;
    for (const PlanEntry& entry : plan.parameters) {
      if (is_kept(entry) || !entry.view.is_identity()) continue;
      const auto [place, fresh] = streams.emplace(hash_name(entry.stream), &entry);
      if (fresh) continue;
      fail(ErrorCode::invalid_argument,
           fmt::format(
               "{} and {} select the same random numbers (names \"{}\" and \"{}\" have one hash); rename one of them in the model, or "
               "give it another \"stream\" in a plan file",
               place->second->name, entry.name, place->second->stream, entry.stream));
    }
  }

  const Graph& graph_;
  const Recipe& recipe_;
  const PlanOptions& options_;
  Subjects subjects_;
  std::vector<Scheme> set_;
  std::optional<Scheme> unknown_;
  std::optional<Sources> sources_;
  std::vector<std::string> notes_;
};

}  // namespace

void check_schemes(const PlanOptions& options) {
  for (const auto& [glob, text] : options.set) (void)parse_option(text, fmt::format("--set {}={}", glob, text));
  if (!options.unknown.empty()) (void)parse_option(options.unknown, fmt::format("--unknown {}", options.unknown));
  (void)RenameRules(options.map);
}

Plan make_plan(const Graph& graph, const Analysis& analysis, const Recipe& recipe, const PlanOptions& options) {
  const DefaultFloatingPoint environment;
  Planner planner(graph, analysis, recipe, options);
  Plan plan = planner.make();
  for (std::string& warning : warnings_of(plan, analysis)) plan.warnings.push_back(std::move(warning));
  planner.finish_sources(plan);
  return plan;
}

}  // namespace evenkeel
