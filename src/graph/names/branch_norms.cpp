// SPDX-License-Identifier: Apache-2.0
#include "graph/names/branch_norms.hpp"

#include <algorithm>

#include "graph/names/channels.hpp"
#include "graph/names/functions.hpp"

namespace evenkeel::names {
namespace {

bool below(const std::string& prefix, const Module& m) {
  return m.text == prefix || (m.text.size() > prefix.size() && m.text.starts_with(prefix) && m.text[prefix.size()] == '.');
}

/// Norms of a block, apart from those inside its attention (of queries and keys).
std::vector<std::size_t> norms_of(const Reading& reading, const std::string& block, const std::vector<std::size_t>& norms) {
  std::vector<std::size_t> found;
  for (const std::size_t n : norms) {
    const Module& m = reading.modules[n];
    const bool head_norm = has_any_word(m.last(), {"q_norm", "k_norm", "query_norm", "key_norm", "q_layernorm", "k_layernorm"});
    if (below(block, m) && !head_norm) found.push_back(n);
  }
  return found;
}

std::optional<BranchNorm> by_settings(const Reading& reading, const Path& path) {
  const Settings& s = reading.settings;
  if (s.family_is(path, {"wav2vec2", "hubert", "wavlm", "unispeech"}))
    return s.flag(path, {"do_stable_layer_norm"}).value_or(false) ? BranchNorm::pre : BranchNorm::post;
  if (s.family_is(path, {"opt"})) return s.flag(path, {"do_layer_norm_before"}).value_or(true) ? BranchNorm::pre : BranchNorm::post;
  if (const auto before = s.flag(path, {"norm_first", "normalize_before", "pre_norm", "pre_layernorm"}))
    return *before ? BranchNorm::pre : BranchNorm::post;
  if (s.family_is(
          path, {"bert",          "roberta",       "distilbert",  "electra",    "albert",   "xlm-roberta", "camembert", "deberta",
                 "deberta-v2",    "bart",          "marian",      "layoutlm",   "mpnet",    "ernie",       "roformer",  "xlm",
                 "openai-gpt",    "longformer",    "squeezebert", "mobilebert", "convbert", "funnel",      "xlnet",     "blenderbot-small",
                 "data2vec-text", "detr",          "nezha",       "bigbird",    "big_bird", "ibert",       "splinter",  "luke",
                 "rembert",       "nystromformer", "yoso",        "mega",       "esm_post"}))
    return BranchNorm::post;
  if (s.family_is(path, {"gemma2", "gemma3", "gemma3_text", "glm4"})) return BranchNorm::pre_and_end;
  if (s.family_is(path, {"olmo2", "olmo3", "swinv2", "exaone4"})) return BranchNorm::end;
  if (s.family_is(path, {"gpt2",     "llama",       "mistral",     "mixtral",
                         "t5",       "mt5",         "umt5",        "vit",
                         "deit",     "beit",        "clip",        "siglip",
                         "qwen2",    "qwen3",       "qwen2_moe",   "qwen3_moe",
                         "gemma",    "phi",         "phi3",        "gpt_neo",
                         "gpt_neox", "gptj",        "bloom",       "falcon",
                         "mbart",    "pegasus",     "whisper",     "swin",
                         "dinov2",   "mpt",         "starcoder2",  "stablelm",
                         "olmo",     "cohere",      "gpt_bigcode", "codegen",
                         "gpt_oss",  "modernbert",  "esm",         "m2m_100",
                         "nllb",     "videomae",    "vit_mae",     "audio-spectrogram-transformer",
                         "dpt",      "deepseek_v2", "deepseek_v3", "jamba",
                         "mamba",    "mamba2"}))
    return BranchNorm::pre;
  return std::nullopt;
}

/// A norm behind all blocks of the stream, which nets with norms before their branches need.
bool has_final_norm(const Reading& reading, const std::string& stream, const std::vector<std::size_t>& norms) {
  const auto cut = stream.rfind('.');
  const std::string parent = cut == std::string::npos ? "" : stream.substr(0, cut);
  return std::any_of(norms.begin(), norms.end(), [&](std::size_t n) {
    const Module& m = reading.modules[n];
    const bool numbered = std::any_of(m.path.begin(), m.path.end() - 1, [](const Segment& s) { return s.index >= 0; });
    if (numbered || has_any_word(m.last(), {"embed", "embedding", "embeddings", "pre", "emb"}) ||
        path_has_word(m.path, {"embeddings", "embed", "cls", "predictions", "transform", "pooler"}))
      return false;
    const std::string at = m.parent();
    return at == parent || at == stream || at.empty() || parent.starts_with(at);
  });
}

BranchNorm of_transformer(const Reading& reading, const NamedBranch& b, const std::vector<std::size_t>& norms, bool& assumed) {
  const Path& path = reading.modules[b.members.front()].path;
  if (const auto known = by_settings(reading, path)) return *known;
  const auto own = norms_of(reading, b.block, norms);
  if (own.empty()) {
    const bool modulated =
        std::any_of(reading.functions.begin(), reading.functions.end(), [](Function f) { return f == Function::modulation; });
    if (modulated || has_final_norm(reading, b.stream, norms)) return BranchNorm::pre;
    return BranchNorm::none;
  }
  for (const std::size_t n : own) {
    const Module& m = reading.modules[n];
    if (m.path.size() > 1 && m.before(1).text == "output") return BranchNorm::post;  // attention.output.LayerNorm
    if (has_any_word(m.last(), {"input", "pre", "before", "ln_1", "attention_norm", "pre_attention"}) || m.last().starts_with("pre"))
      return BranchNorm::pre;
  }
  assumed = true;
  return has_final_norm(reading, b.stream, norms) ? BranchNorm::pre : BranchNorm::post;
}

BranchNorm of_convolutions(const Reading& reading, const NamedBranch& b, const std::vector<std::size_t>& norms) {
  const auto own = norms_of(reading, b.block, norms);
  if (own.empty()) return BranchNorm::none;
  if (reading.settings.family_is(reading.modules[b.members.front()].path, {"convnext", "convnextv2"})) return BranchNorm::inner;
  const Module& last = reading.modules[b.members.back()];
  const Module* norm = norm_of(reading, last);
  if (norm == nullptr) return own.size() < b.members.size() ? BranchNorm::inner : BranchNorm::pre;
  // the last kernel's norm counts its outputs, unless it stands before and counts its inputs
  const Entry* weight = reading.weight_of(last);
  const Shape& shape = reading.shape(*weight);
  for (const Entry& e : norm->entries)
    if (shape.size() > 1 && reading.shape(e).size() == 1 && reading.shape(e)[0] != shape[0] && reading.shape(e)[0] != shape.back())
      return BranchNorm::pre;
  const Module& first = reading.modules[b.members.front()];
  const Module* before = norm_of(reading, first);
  const Entry* kernel = reading.weight_of(first);
  if (before != nullptr && reading.shape(*kernel).size() > 2 && reading.shape(*kernel)[0] != reading.shape(*kernel)[1]) {
    for (const Entry& e : before->entries)
      if (reading.shape(e).size() == 1 && reading.shape(e)[0] == reading.shape(*kernel)[1] &&
          reading.shape(e)[0] != reading.shape(*kernel)[0])
        return BranchNorm::pre;
  }
  return BranchNorm::end;
}

/// Whether a norm of a block belongs to its attention rather than to its feed-forward branch.
bool of_attention(const Module& m) {
  const std::string& t = m.last();
  if (has_any_word(t, {"after", "post_attention", "post_attention_layernorm", "ffn", "ff", "mlp", "final", "feedforward", "post"}))
    return false;
  if (in_attention(m.path)) return true;
  return m.path.back().index == 1 || has_any_word(t, {"input", "before", "attn", "sa"});
}

const NamedBranch* branch_around(const Reading& reading, const Blocks& blocks, const Module& m, bool attention) {
  const NamedBranch* any = nullptr;
  for (const NamedBranch& b : blocks.branches) {
    if (!below(b.block, m)) continue;
    if (b.convolutional || b.attention == attention) return &b;
    any = &b;
  }
  (void)reading;
  return any;
}

}  // namespace

void set_branch_norms(const Reading& reading, Blocks& blocks, const std::vector<std::size_t>& norms) {
  std::map<std::string, std::pair<BranchNorm, bool>> known;  // one answer a stream and kind
  for (NamedBranch& b : blocks.branches) {
    const auto [place, fresh] = known.try_emplace(b.stream + (b.convolutional ? "/" + b.block : ""), BranchNorm::none, false);
    if (fresh) {
      bool assumed = false;
      place->second.first = b.convolutional ? of_convolutions(reading, b, norms) : of_transformer(reading, b, norms, assumed);
      place->second.second = assumed;
    }
    b.branch.norm = place->second.first;
    b.norm_assumed = place->second.second;
  }
}

std::optional<Branch> place_of_norm(const Reading& reading, const Blocks& blocks, std::size_t module) {
  const Module& m = reading.modules[module];
  const NamedBranch* b = branch_around(reading, blocks, m, of_attention(m));
  if (b == nullptr ||
      path_has_word(m.path, {"downsample", "shortcut", "skip", "downsampling_layer", "embeddings", "stem", "patch_embed", "transition"}))
    return std::nullopt;
  Branch branch = b->branch;
  if (b->convolutional) {
    const Module* last = norm_of(reading, reading.modules[b->members.back()]);
    const bool ends = branch.norm == BranchNorm::end && last == &m;
    branch.position = ends ? BranchPosition::last_norm : BranchPosition::inner_norm;
    return branch;
  }
  if (branch.norm == BranchNorm::post) return std::nullopt;
  const bool head_norm =
      has_any_word(m.last(), {"q_norm", "k_norm", "query_norm", "key_norm", "q_layernorm", "k_layernorm", "kv_a_layernorm", "q_a_layernorm",
                              "norm_q", "norm_k", "sub_norm", "ffn_sub_norm", "attn_sub_norm", "inner_attn_ln"});
  const bool behind = has_any_word(m.last(), {"post"}) && (branch.norm == BranchNorm::pre_and_end || branch.norm == BranchNorm::end);
  if (behind && has_any_word(m.last(), {"attention", "self_attn"})) {
    if (const NamedBranch* attention = branch_around(reading, blocks, m, true)) branch = attention->branch;
  }
  branch.position = head_norm                                  ? BranchPosition::inner_norm
                    : behind || branch.norm == BranchNorm::end ? BranchPosition::last_norm
                                                               : BranchPosition::pre_norm;
  return branch;
}

std::optional<Branch> place_of_scale(const Reading& reading, const Blocks& blocks, std::size_t module) {
  const Module& m = reading.modules[module];
  const bool attention =
      m.path.back().index == 1 || (m.path.size() > 1 && m.before(1).index == 1 && !m.before(1).is_number()) || in_attention(m.path);
  const NamedBranch* b = branch_around(reading, blocks, m, attention);
  if (b == nullptr) return std::nullopt;
  Branch branch = b->branch;
  branch.position = BranchPosition::scale;
  return branch;
}

}  // namespace evenkeel::names
