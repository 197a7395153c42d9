// SPDX-License-Identifier: Apache-2.0
// Low-rank updates beside or without the weights that they adapt: LoRA in its spellings, DoRA's magnitudes, IA3's factors.
#include <algorithm>

#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

enum class Half : std::uint8_t { none, first, second };

/// The segment that names the half: "lora_A" in "q.lora_A.default.weight", "down" in "to_q_lora.down.weight".
Half half_of(const Module& m, bool& embedding) {
  for (std::size_t back = 0; back < std::min<std::size_t>(2, m.path.size()); ++back) {
    const std::string& t = m.before(back).text;
    embedding = t.starts_with("lora_embedding");
    if (is_one_of(t, {"lora_a", "lora_down", "lora_embedding_a"})) return Half::first;
    if (is_one_of(t, {"lora_b", "lora_up", "lora_embedding_b"})) return Half::second;
  }
  const bool inside = m.path.size() > 1 && has_word(m.before(1).text, "lora");
  if (inside && is_one_of(m.last(), {"a", "down"})) return Half::first;
  return inside && is_one_of(m.last(), {"b", "up"}) ? Half::second : Half::none;
}

}  // namespace

bool find_adapter(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* e = reading.weight_of(m);
  if (e == nullptr || !is_floating(reading.graph.tensors[static_cast<std::size_t>(e->tensor)].dtype)) return false;
  const Shape& shape = reading.shape(*e);
  if (path_has_word(m.path, {"lora_magnitude_vector"}) || (m.last() == "magnitude" && reading.has_sibling(m, {"lora_a"}))) {
    out.push_back(make_finding(reading, module, *e, Role::scale, "", "", Certainty::certain, "the magnitude of an adapted weight (DoRA)"));
    out.back().parameter.adapter = "magnitude";
    return true;
  }
  if (m.last().starts_with("ia3_l")) {
    out.push_back(make_finding(reading, module, *e, Role::scale, "", "", Certainty::certain, "a factor of an adapter (IA3)"));
    return true;
  }
  bool embedding = false;
  const Half half = half_of(m, embedding);
  if (half == Half::none || shape.size() < 2 || shape.size() > 5) return false;
  // an adapted table looks its first half up, so that this one is 0; else the second
  const bool zero = (half == Half::first) == embedding;
  const bool table = embedding && half == Half::first;
  static constexpr const char* taps[] = {"", "W", "HW", "DHW"};
  const bool flax = e->stored == "kernel" || e->stored == "w";
  const std::string channels = table ? "EV" : flax ? "IO" : "OI";
  const std::string layout = flax ? taps[shape.size() - 2] + channels : channels + taps[shape.size() - 2];
  Finding f = make_finding(reading, module, *e,
                           table              ? Role::embedding
                           : shape.size() > 2 ? Role::conv
                                              : Role::dense,
                           layout,
                           shape.size() > 2 ? "Conv"
                           : table          ? "Embedding"
                                            : "Linear",
                           Certainty::certain,
                           std::string(half == Half::first ? "the first" : "the second") + " half of a low-rank update, by name");
  f.parameter.adapter = zero ? "zero" : embedding ? "random_table" : "random";
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

}  // namespace evenkeel::names
