// SPDX-License-Identifier: Apache-2.0
#include "graph/names/order.hpp"

#include <algorithm>
#include <tuple>

namespace evenkeel::names {
namespace {

/// Where a part of a model stands among its siblings: input first, output last.
int place_by_words(const Segment& s) {
  const std::string& t = s.text;
  if (has_any_word(t, {"lm_head", "classifier", "head",  "heads",  "cls",       "logits",    "predictions",
                       "pooler",  "qa_outputs", "score", "output", "outputs",   "final",     "fc",
                       "outc",    "conv_post",  "post",  "out",    "embed_out", "dense_out", "to_logits"}) ||
      t == "o_proj" || t == "out_proj" || t == "wo" || t == "c_proj" || t == "o")
    return 90;
  if (has_any_word(t, {"stem",      "embeddings", "embedding",         "embed",    "embedder", "embed_tokens", "wte",
                       "tok",       "inc",        "conv_pre",          "pre",      "in",       "shared",       "patch",
                       "input",     "entry",      "feature_extractor", "to_patch", "emb",      "stft",         "subsampling",
                       "subsample", "frontend"}))
    return 10;
  if (has_any_word(t, {"wpe", "pos", "position"})) return 12;
  if (has_any_word(t, {"encoder", "enc", "down", "downs", "features", "cnn", "conv", "convs", "backbone", "text", "vision"})) return 30;
  if (has_any_word(t, {"bottleneck", "mid", "middle"})) return 40;
  if (has_any_word(t, {"decoder", "dec", "up", "ups", "generator"})) return 60;
  if (has_any_word(t, {"attn", "attention", "self_attn", "self_attention"}))
    return has_any_word(t, {"cross", "crossattention", "encoder_attn"}) ? 34 : 32;
  if (has_any_word(t, {"mlp", "ffn", "feed_forward", "ff", "intermediate", "moe", "block_sparse_moe"})) return 36;
  if (has_any_word(t, {"downsample", "shortcut", "skip"})) return 80;
  if (has_any_word(t, {"expand"})) return 31;
  if (has_any_word(t, {"reduce", "depthwise", "dw", "dwconv"})) return 32;
  if (has_any_word(t, {"pointwise", "pw", "project", "se"})) return 33;
  return 50;
}

/// Queries, keys, values; gate, up; inwards before outwards.
int part_of(const Segment& s) {
  static constexpr std::string_view order[] = {"q", "query", "k", "key", "v", "value", "gate", "up"};
  for (int i = 0; i < 8; ++i)
    if (has_word(s.text, order[i])) return i;
  return 20;
}

}  // namespace

int place_of(const Segment& s) { return 100 * place_by_words(s) + part_of(s); }

bool comes_before(const Path& a, const Path& b) {
  const std::size_t n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i].text == b[i].text) continue;
    const auto key = [](const Segment& s) {
      return std::tuple(s.place >= 0 ? s.place : place_of(s), s.index < 0 ? 0 : s.index, std::string_view(s.text));
    };
    return key(a[i]) < key(b[i]);
  }
  return a.size() < b.size();
}

}  // namespace evenkeel::names
