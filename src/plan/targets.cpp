// SPDX-License-Identifier: Apache-2.0
#include "plan/targets.hpp"

#include <set>

#include "evenkeel/plan/names.hpp"

namespace evenkeel {
namespace {

constexpr std::string_view role_prefix = "role:";

}  // namespace

bool matches_target(std::string_view glob, const Target& target) noexcept {
  if (glob.starts_with(role_prefix)) return matches_glob(glob.substr(role_prefix.size()), to_string(target.role));
  const auto fits = [glob](std::string_view text) { return !text.empty() && matches_glob(glob, text); };
  return fits(target.name) || fits(target.consumer) || fits(target.scope);
}

std::vector<std::string> names_of(const std::vector<Target>& targets) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  const auto add = [&](std::string name) {
    if (!name.empty() && seen.insert(name).second) names.push_back(std::move(name));
  };
  for (const Target& target : targets) add(std::string(target.name));
  for (const Target& target : targets) add(std::string(target.consumer));
  for (const Target& target : targets) add(std::string(target.scope));
  for (const Target& target : targets) add(std::string(role_prefix) + std::string(to_string(target.role)));
  return names;
}

std::vector<std::string> role_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Role::unknown); ++i) names.emplace_back(to_string(static_cast<Role>(i)));
  return names;
}

}  // namespace evenkeel
