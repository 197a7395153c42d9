// SPDX-License-Identifier: Apache-2.0
// What is looked up or put in: embeddings, positions, position biases, tokens, learned queries.
#include <algorithm>

#include "graph/names/functions.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

bool says_position(const std::string& t) {
  return has_any_word(t, {"pos", "position", "positions", "positional", "wpe", "abspos", "posembed", "pos_emb", "pe"}) ||
         t.find("position") != std::string::npos;
}

bool says_embedding(const std::string& t) {
  return has_any_word(t, {"embed",    "embeds",   "embedding",       "embeddings",   "emb",      "embs", "wte",  "wpe",         "lookup",
                          "codebook", "tokens",   "vocab",           "embedder",     "word_emb", "lut",  "embd", "codevectors", "factors",
                          "biases",   "word_lut", "embedding_table", "latent_tokens"}) ||
         t == "shared" || t.ends_with("embedding") || t.ends_with("embeddings") || t.ends_with("embed");
}

bool says_head(const std::string& t) {
  return has_any_word(t,
                      {"head", "unembed", "logits", "projs", "proj", "projection", "project", "linear", "mapping", "score", "mlp", "fc"}) ||
         t == "embed_out";
}

bool says_position_bias(const Module& m) {
  const std::string& t = m.last();
  const bool relative = has_any_word(t, {"relative", "rel"}) || t.find("relative") != std::string::npos;
  return (relative && t.find("bias") != std::string::npos) ||
         is_one_of(t, {"rel_pos_h", "rel_pos_w", "rel_attn_embed", "relative_position_bias_table", "rel_bias", "attention_biases",
                       "rel_pos_bias", "relative_positions_bias"}) ||
         (t == "relative_attention_bias");
}

/// "encoder.weight" beside "decoder.weight" and "decoder.bias" of the same rows, as in small language models.
bool has_head_of_same_rows(const Reading& reading, const Module& m, const Entry& weight) {
  if (m.last() != "encoder" || m.find("bias") != nullptr) return false;
  const Module* head = reading.sibling(m, "decoder");
  const Shape* bias = head == nullptr ? nullptr : reading.shape_of(*head, "bias");
  return bias != nullptr && bias->size() == 1 && (*bias)[0] == reading.shape(weight)[0];
}

/// Tables of several features in one list: matrices of one width without biases, where other layers have theirs.
bool is_table_list(const Reading& reading, const Module& m, const Shape& shape) {
  if (!m.path.back().is_number() || reading.shape_of(m, "bias") != nullptr || in_attention(m.path) || in_feed_forward(m.path) ||
      says_head(m.path.size() > 1 ? m.before(1).text : ""))
    return false;
  const auto& siblings = reading.children.at(m.parent());
  if (siblings.size() < 2) return false;
  for (const std::size_t i : siblings) {
    const Module& other = reading.modules[i];
    const Shape* weight = reading.shape_of(other, "weight");
    if (weight == nullptr || weight->size() != 2 || other.entries.size() != 1 || (*weight)[1] != shape[1]) return false;
    if (&other != &m && (*weight)[0] == shape[1]) return false;  // could as well be a chain
  }
  return shape[0] != shape[1] && std::any_of(reading.modules.begin(), reading.modules.end(), [&](const Module& other) {
           const Shape* weight = reading.shape_of(other, "weight");
           return weight != nullptr && weight->size() == 2 && other.find("bias") != nullptr;
         });
}

/// The one matrix with the rows of the vocabulary that no layer of another name could be.
bool is_only_vocabulary(const Reading& reading, const Module& m, const Entry& weight, std::int64_t rows) {
  if (weight.leaf != "weight" || m.entries.size() != 1 || reading.shape(weight)[0] != rows || says_head(m.last())) return false;
  return std::none_of(reading.modules.begin(), reading.modules.end(), [&](const Module& other) {
    const Shape* shape = &other == &m ? nullptr : reading.shape_of(other, "weight");
    return shape != nullptr && shape->size() == 2 && ((*shape)[0] == rows || (*shape)[1] == rows);
  });
}

std::string table_layout(const Shape& shape) {
  if (shape.size() < 2) return "";
  const bool plain = std::all_of(shape.begin(), shape.end() - 2, [](std::int64_t n) { return n == 1; });
  return plain ? std::string(shape.size() - 2, 'G') + "VE" : "";
}

bool says_token(const std::string& t) {
  return is_one_of(t, {"cls", "class_embedding", "mask_embed", "cls_emb", "cls_embed", "bos_embed"}) ||
         (t.find("token") != std::string::npos && !says_embedding(t)) || t == "tokens" ||
         (t.ends_with("_tokens") && !has_word(t, "embed")) ||
         has_any_word(t, {"cls_token", "mask_token", "register_tokens", "class_token", "dist_token"});
}

}  // namespace

bool says_query(const std::string& t) {
  return has_any_word(t, {"probe", "query_embed", "query_tokens", "queries", "latents", "query_embeddings", "query_embedding", "query_pos",
                          "object_queries", "latent_queries", "query_position_embeddings", "query_feat", "refpoint_embed"});
}

bool find_table(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* e = reading.weight_of(m);
  if (e == nullptr) return false;
  const Shape& shape = reading.shape(*e);
  // "embeddings.0.weight" is named by its list
  const std::string& t = m.path.size() > 1 && m.path.back().is_number() && e->leaf != "embedding" ? m.before(1).text : m.last();
  const auto settle = [&](Role role, const std::string& layout, Certainty certainty, const std::string& why) {
    out.push_back(make_finding(reading, module, *e, role, layout, "Embedding", certainty, why));
    return true;
  };
  if (says_position_bias(m) && shape.size() >= 2)
    return settle(Role::position_bias, table_layout(shape), Certainty::certain, "a table of biases by relative position");
  const bool own = e->leaf.empty();
  if (own && shape.size() >= 2 && t.find("bias") != std::string::npos && in_attention(m.path))
    return settle(Role::bias, "", Certainty::likely, "a bias within attention, by name");
  if (own && shape.size() == 3 && (t == "const" || t == "constant_input"))
    return settle(Role::token, "", Certainty::likely, "a learned input, by name");
  const bool queries =
      says_query(t) ||
      (t.ends_with("query") && (shape.size() == 3 ? shape[0] == 1 : !in_attention(m.path) && !reading.has_sibling(m, {"key", "value"})));
  if (own && shape.size() >= 2 && queries) return settle(Role::query_embedding, "", Certainty::likely, "learned queries, by name");
  if (own && shape.size() >= 2 && says_token(t)) return settle(Role::token, "", Certainty::certain, "a learned token, by name");
  if (own && shape.size() >= 2 &&
      (says_position(t) || (m.path.back().is_number() && path_has_word(m.path, {"position", "position_embeddings"}))))
    return settle(Role::position_embedding, table_layout(shape), Certainty::certain, "positions, by name");
  if (own && says_position(t) && shape.size() == 1)
    return settle(Role::position_embedding, table_layout(shape), Certainty::certain, "positions, by name");
  if (own && shape.size() == 3 && says_embedding(t) && !says_head(t))
    return settle(Role::embedding, shape[0] == 1 ? "GVE" : "VEE", Certainty::likely, "a table, by name");
  if (shape.size() != 2) return false;
  if (path_has_word(m.path, {"lora_embedding_a"}) || m.last() == "lora_embedding_a")
    return settle(Role::embedding, "EV", Certainty::likely, "the low-rank half of an adapted embedding, by name");
  if (e->leaf == "weight" && m.entries.size() == 1 && shape[1] == 1 && shape[0] > 1 && has_any_word(t, {"bias", "biases"}))
    return settle(Role::embedding, "VE", Certainty::likely, "a table of biases, a number a row, by name");
  const bool leaf = e->leaf == "embedding";
  const bool bias = m.find("bias") != nullptr;
  const auto vocabulary = reading.settings.integer(m.path, {"vocab_size", "n_vocab"});
  const bool listed = m.path.size() > 1 && is_one_of(m.before(1).text, {"embedding", "embeddings", "embed"}) &&
                      is_one_of(m.last(), {"token", "position", "segment", "word", "pe", "type", "char", "tok", "pos"});
  const bool token = e->leaf == "weight" && t.find("token") != std::string::npos && !says_head(t);
  const bool positions = (m.last() == "pe" || m.last().starts_with("pe_")) && m.path.size() > 1 && says_position(m.before(1).text);
  const bool asked = says_query(t) && e->leaf == "weight" && reading.functions[module] == Function::other && !in_attention(m.path);
  const bool named = listed || asked || token || positions || has_head_of_same_rows(reading, m, *e) ||
                     (says_embedding(t) && !says_head(t) && !path_has_word({m.path.back()}, {"patch", "patches"}));
  if (e->leaf == "weight" && !bias && !named && is_table_list(reading, m, shape))
    return settle(Role::embedding, "VE", Certainty::assumed,
                  "one of several tables of equal width without biases; that they are looked up is *assumed*");
  const bool only = !bias && vocabulary && *vocabulary > 2 && is_only_vocabulary(reading, m, *e, *vocabulary);
  if (!leaf && !only && (bias || !named)) return false;
  if (!leaf && own && !says_embedding(t)) return false;
  if (says_query(t)) return settle(Role::query_embedding, "VE", Certainty::likely, "learned queries, by name");
  const bool position = says_position(t) || (t == "embed" && path_has_word(m.path, {"pos"}));
  if (position) return settle(Role::position_embedding, "VE", Certainty::certain, "an embedding of positions, by name and without a bias");
  const bool rows = vocabulary && *vocabulary == shape[0];
  return settle(Role::embedding, "VE", Certainty::certain,
                rows ? "an embedding: without a bias, with the " + std::to_string(shape[0]) + " rows of the vocabulary"
                     : "an embedding, by name and without a bias");
}

}  // namespace evenkeel::names
