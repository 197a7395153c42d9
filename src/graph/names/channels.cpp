// SPDX-License-Identifier: Apache-2.0
#include "graph/names/channels.hpp"

#include <algorithm>

#include "graph/names/norm_kinds.hpp"

namespace evenkeel::names {
namespace {

constexpr std::int64_t farthest = 8;  // places without weights between two layers of a Sequential

bool multiplies(const Reading& reading, const Module& m) {
  const Entry* weight = reading.weight_of(m);
  return weight != nullptr && reading.shape(*weight).size() >= 2 && !is_norm_name(m);
}

std::string with_segment(const Path& path, std::size_t at, const std::string& text) {
  std::string name;
  for (std::size_t i = 0; i < path.size(); ++i) name += (i > 0 ? "." : "") + (i == at ? text : path[i].text);
  return name;
}

std::int64_t length_of(const Reading& reading, const Module& norm) {
  for (const Entry& e : norm.entries)
    if (reading.shape(e).size() == 1) return reading.shape(e)[0];
  return 0;
}

bool is_vector_module(const Reading& reading, const Module& m) {
  return !m.entries.empty() &&
         std::all_of(m.entries.begin(), m.entries.end(), [&](const Entry& e) { return reading.shape(e).size() <= 1; });
}

bool is_alone(const Reading& reading, const Path& path, std::size_t count) {
  // the only module with a weight below that place
  const std::string prefix = joined(path, count);
  int layers = 0;
  for (auto it = reading.children.lower_bound(prefix); it != reading.children.end() && it->first.starts_with(prefix); ++it) {
    if (it->first.size() > prefix.size() && it->first[prefix.size()] != '.') continue;
    for (const std::size_t i : it->second) layers += multiplies(reading, reading.modules[i]) ? 1 : 0;
  }
  return layers <= 1;
}

}  // namespace

const Module* chained_before(const Reading& reading, const Module& m) {
  for (std::size_t at = m.path.size(); at-- > 0;) {
    const Segment& s = m.path[at];
    if (s.index < 0) continue;
    if (at + 1 < m.path.size() && !is_alone(reading, m.path, at + 1)) return nullptr;
    const std::int64_t reach = s.is_number() ? farthest : 1;
    for (std::int64_t i = s.index - 1; i >= std::max<std::int64_t>(0, s.index - reach); --i) {
      const std::string digits = std::to_string(i);
      const std::string text = s.is_number() ? digits : s.text.substr(0, s.text.size() - std::to_string(s.index).size()) + digits;
      const Module* before = reading.find(with_segment(m.path, at, text));
      if (before != nullptr && multiplies(reading, *before)) return before;
      if (!s.is_number()) continue;
      // another module in that place, whatever is inside it
      const std::string prefix = with_segment(Path(m.path.begin(), m.path.begin() + static_cast<std::ptrdiff_t>(at) + 1), at, digits);
      const auto nested = reading.children.find(prefix);
      if (nested == reading.children.end()) continue;
      for (auto it = nested->second.rbegin(); it != nested->second.rend(); ++it)
        if (multiplies(reading, reading.modules[*it])) return &reading.modules[*it];
    }
    return nullptr;
  }
  return nullptr;
}

const Module* norm_of(const Reading& reading, const Module& m) {
  const Segment& last = m.path.back();
  if (last.is_number()) {
    const Module* next = reading.sibling(m, std::to_string(last.index + 1));
    return next != nullptr && is_vector_module(reading, *next) && length_of(reading, *next) > 1 ? next : nullptr;
  }
  const auto found = reading.children.find(m.parent());
  constexpr std::size_t most_siblings = 4096;  // all of them are looked at for each of them
  if (found == reading.children.end() || found->second.size() > most_siblings) return nullptr;
  const Module* only = nullptr;
  int norms = 0, kernels = 0;
  for (const std::size_t i : found->second) {
    const Module& other = reading.modules[i];
    if (multiplies(reading, other)) ++kernels;
    if (!is_vector_module(reading, other) || !is_norm_name(other)) continue;
    ++norms;
    only = &other;
    if (last.index >= 0 && other.path.back().index == last.index && kernels > 0) return &other;
  }
  for (const std::size_t i : found->second) {
    const Module& other = reading.modules[i];
    if (last.index >= 0 && is_vector_module(reading, other) && is_norm_name(other) && other.path.back().index == last.index) return &other;
  }
  return norms == 1 && kernels == 1 ? only : nullptr;
}

std::int64_t outputs_of(const Reading& reading, const Module& m) {
  if (const Shape* bias = reading.shape_of(m, "bias"); bias != nullptr && bias->size() == 1) return (*bias)[0];
  if (const Module* norm = m.path.back().is_number() ? norm_of(reading, m) : nullptr) return length_of(reading, *norm);
  const Entry* weight = reading.weight_of(m);
  if (weight == nullptr || reading.shape(*weight).size() < 2) return 0;
  const Shape& shape = reading.shape(*weight);
  return weight->stored == "kernel" || weight->stored == "w" ? shape.back() : shape.front();
}

bool is_first(const Reading& reading, const Module& m) {
  for (const Module& other : reading.modules) {
    if (&other == &m) return true;
    if (multiplies(reading, other)) return false;
  }
  return true;
}

}  // namespace evenkeel::names
