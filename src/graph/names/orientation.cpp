// SPDX-License-Identifier: Apache-2.0
// Which axis of a matrix is its input: by the leaf's habit, by the bias' length, by what like-named matrices of the file show.
#include <algorithm>

#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

/// PyTorch's weight is (out, in); kernel, w and plain parameters are multiplied from the right.
bool leaf_is_input_first(const Entry& weight) noexcept {
  return !weight.stored.starts_with("weight") && !weight.stored.ends_with("weight") && weight.stored != "gain" &&
         weight.stored != "original";
}

enum class Shown : std::uint8_t { nothing, output_first, input_first };

Shown bias_shows(const Reading& reading, const Module& m, const Entry& weight) {
  const Shape& shape = reading.shape(weight);
  const Shape* bias = reading.shape_of(m, "bias");
  if (shape.size() != 2 || bias == nullptr || bias->size() != 1 || shape[0] == shape[1]) return Shown::nothing;
  if ((*bias)[0] == shape[0]) return Shown::output_first;
  return (*bias)[0] == shape[1] ? Shown::input_first : Shown::nothing;
}

bool is_conv1d_name(const std::string& t) { return is_one_of(t, {"c_attn", "c_proj", "c_fc", "q_attn"}); }

}  // namespace

void vote_orientation(Reading& reading) {
  for (const Module& m : reading.modules) {
    const Entry* weight = reading.weight_of(m);
    if (weight == nullptr) continue;
    const Shown shown = bias_shows(reading, m, *weight);
    if (shown == Shown::nothing) continue;
    const int vote = (shown == Shown::input_first) != leaf_is_input_first(*weight) ? 1 : -1;
    reading.flipped[m.last()] += vote;
    if (is_conv1d_name(m.last())) reading.flipped["c_*"] += vote;
  }
}

Orientation orientation_of(const Reading& reading, const Module& m, const Entry& weight) {
  const bool usual = leaf_is_input_first(weight);
  switch (bias_shows(reading, m, weight)) {
    case Shown::output_first:
      return {false, Certainty::certain, "the bias has the length of the first axis"};
    case Shown::input_first:
      return {true, Certainty::certain, "the bias has the length of the second axis"};
    case Shown::nothing:
      break;
  }
  for (const std::string& name : {m.last(), std::string(is_conv1d_name(m.last()) ? "c_*" : "")}) {
    const auto votes = reading.flipped.find(name);
    if (votes == reading.flipped.end() || votes->second == 0) continue;
    const bool flipped = votes->second > 0;
    return {usual != flipped, flipped ? Certainty::likely : Certainty::certain, "as in layers of this name whose bias tells"};
  }
  if (is_conv1d_name(m.last()) && weight.stored == "weight" &&
      reading.settings.family_is(m.path, {"gpt2", "imagegpt", "decision_transformer", "openai-gpt", "clvp", "gptsan"}))
    return {true, Certainty::certain, "Conv1D stores (input, output)"};
  if (weight.leaf.empty() && path_has_word(m.path, {"lora_embedding_b", "lora_b", "lora_a", "lora_up", "lora_down"}))
    return {false, Certainty::certain, "adapters store (output, input)"};
  if (weight.leaf.empty() && m.last().starts_with("weight")) return {false, Certainty::likely, "PyTorch stores (output, input)"};
  if (weight.leaf.empty()) return {usual, Certainty::assumed, "a parameter of its own, taken to be multiplied from the right"};
  return {usual, Certainty::certain, usual ? "kernels are stored (input, output)" : "PyTorch stores (output, input)"};
}

std::int64_t width_of(const Reading& reading, const Module& m) {
  if (const auto width = reading.settings.integer(m.path, {"hidden_size", "n_embd", "d_model", "dim", "embed_dim", "word_embed_proj_dim"}))
    return *width;
  // the router, a norm, or an attention matrix of the same block
  for (std::size_t n = m.path.size(); n-- > 0;) {
    const std::string prefix = joined(m.path, n);
    for (const Module& other : reading.modules) {
      if (other.path.size() <= n || joined(other.path, n) != prefix) continue;
      const Entry* weight = reading.weight_of(other);
      if (weight == nullptr || &other == &m) continue;
      const Shape& shape = reading.shape(*weight);
      if (shape.size() == 1 && shape[0] > 1) return shape[0];
      if (shape.size() == 2 && other.last().find("router") != std::string::npos)
        return orientation_of(reading, other, *weight).input_first ? shape[0] : shape[1];
    }
  }
  return 0;
}

}  // namespace evenkeel::names
