// SPDX-License-Identifier: Apache-2.0
#include "graph/names/reading.hpp"

#include <algorithm>

namespace evenkeel::names {

Reading::Reading(const Graph& g, const WeightSource& w) : graph(g), weights(w), settings(g), modules(group_modules(g)) {
  for (std::size_t m = 0; m < modules.size(); ++m) {
    index_[modules[m].text] = m;
    children[modules[m].parent()].push_back(m);
  }
  functions.assign(modules.size(), Function::other);
}

const Shape* Reading::shape_of(const Module& module, std::string_view leaf) const {
  const Entry* entry = module.find(leaf);
  return entry == nullptr ? nullptr : &shape(*entry);
}

const Entry* Reading::weight_of(const Module& module) const {
  for (const char* const leaf : {"weight", "embedding", "", "scale"})
    if (const Entry* entry = module.find(leaf)) return entry;
  return nullptr;
}

const Module* Reading::find(const std::string& path) const {
  const auto found = index_.find(path);
  return found == index_.end() ? nullptr : &modules[found->second];
}

const Module* Reading::sibling(const Module& module, std::string_view last) const {
  const std::string parent = module.parent();
  return find(parent.empty() ? std::string(last) : parent + "." + std::string(last));
}

bool Reading::has_sibling(const Module& module, std::initializer_list<std::string_view> words) const {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    const Module* const found = sibling(module, word);
    return found != nullptr && found != &module;
  });
}

std::string family_words(const Reading& reading, const Path& path) {
  const std::string family = reading.settings.family(path);
  return family.empty() ? "" : reading.settings.origin() + " says " + family;
}

std::string_view to_string(Certainty certainty) noexcept {
  switch (certainty) {
    case Certainty::certain:
      return "certain";
    case Certainty::likely:
      return "likely";
    case Certainty::assumed:
      return "*assumed*";
  }
  return "";
}

Finding make_finding(const Reading& reading, std::size_t module, const Entry& entry, Role role, std::string layout, std::string op,
                     Certainty certainty, const std::string& why) {
  const Module& m = reading.modules[module];
  Finding finding;
  finding.module = module;
  finding.certainty = certainty;
  Parameter& p = finding.parameter;
  p.tensor = entry.tensor;
  p.geometry.role = role;
  p.geometry.shape = reading.shape(entry);
  p.geometry.layout = std::move(layout);
  p.consumer = m.name;
  p.node_op = std::move(op);
  p.assumed = certainty == Certainty::assumed;
  p.certainty = to_string(certainty);
  std::string text = std::string(to_string(certainty)) + " without a graph: " + why;
  if (const std::string family = family_words(reading, m.path); !family.empty() && certainty != Certainty::assumed) text += "; " + family;
  p.evidence.push_back(std::move(text));
  return finding;
}

}  // namespace evenkeel::names
