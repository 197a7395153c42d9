// SPDX-License-Identifier: Apache-2.0
#include "graph/names/functions.hpp"

#include <algorithm>

namespace evenkeel::names {
namespace {

std::size_t rank_of(const Reading& reading, const Module& module) {
  const Entry* weight = reading.weight_of(module);
  return weight == nullptr ? 0 : reading.shape(*weight).size();
}

/// Strong names: they mean the same wherever they stand.
Function plain_function(const std::string& t) {
  if (is_one_of(t, {"q_proj", "wq", "to_q", "q_lin", "q_linear", "query_proj", "linear_q", "w_q", "q_attn", "query_layer", "fc_q",
                    "q_a_proj", "q_b_proj", "linear_query", "w_query", "query_projection"}))
    return Function::query;
  if (is_one_of(t, {"k_proj", "wk", "to_k", "k_lin", "k_linear", "key_proj", "linear_k", "w_k", "key_layer", "fc_k", "linear_key", "w_key",
                    "key_projection"}))
    return Function::key;
  if (is_one_of(t, {"v_proj", "wv", "to_v", "v_lin", "v_linear", "value_proj", "linear_v", "w_v", "value_layer", "fc_v", "linear_value",
                    "w_value", "value_projection"}))
    return Function::value;
  if (is_one_of(t, {"qkv",
                    "c_attn",
                    "query_key_value",
                    "wqkv",
                    "qkv_proj",
                    "w_pack",
                    "to_qkv",
                    "attn_qkv",
                    "qkv_linear",
                    "in_proj_qkv",
                    "fused_qkv",
                    "mixed_qkv",
                    "queries_keys_values",
                    "query_key_values",
                    "qkv_projection",
                    "qkv_layer_proj",
                    "qkv_net",
                    "linear_qkv",
                    "qkv_layer",
                    "w_qkv"}))
    return Function::packed_qkv;
  if (is_one_of(t, {"kv", "to_kv", "wkv", "keys_values", "key_values", "c_kv", "kv_layer", "kv_proj", "key_value", "kv_linear", "linear_kv",
                    "w_kv"}))
    return Function::packed_kv;
  if (is_one_of(t, {"o_proj", "to_out", "out_lin", "attention_output", "attn_out", "attn_proj"})) return Function::attention_out;
  if (is_one_of(t, {"gate_proj", "wi_0"})) return Function::ffn_gate;
  if (is_one_of(t, {"wi_1"})) return Function::ffn_up;
  if (is_one_of(t, {"gate_up_proj", "w12", "gate_up", "w13", "fused_dense_glu", "linear_gate_up"})) return Function::ffn_gate_up;
  if (is_one_of(t, {"down_proj", "dense_4h_to_h", "ffn_output", "fc_out", "ff_out"})) return Function::ffn_out;
  if (is_one_of(t, {"c_fc", "dense_h_to_4h", "fc_in", "wi", "ff_in", "ff_proj", "up_proj"})) return Function::ffn_in;
  return Function::other;
}

Function attention_function(const Reading& reading, const Module& m) {
  const std::string& t = m.last();
  if (m.path.back().is_number() && m.path.size() > 1 &&
      has_any_word(m.before(1).text, {"linears", "projections"})) {  // the annotated transformer's list
    const std::size_t count = reading.children.at(m.parent()).size();
    static constexpr Function order[] = {Function::query, Function::key, Function::value, Function::attention_out};
    if (count == 4 && m.path.back().index < 4) return order[m.path.back().index];
  }
  if (is_one_of(t, {"q", "query", "queries"}) || t.ends_with("query") || t == "receptance") return Function::query;
  if (is_one_of(t, {"k", "key", "keys"}) || t.ends_with("key")) return Function::key;
  if (is_one_of(t, {"v", "value", "values"}) || t.ends_with("value")) return Function::value;
  if (t == "in_proj") return Function::packed_qkv;
  const bool output = m.path.size() > 1 && is_one_of(m.before(1).text, {"output", "to_out", "out", "o_proj"});
  if (is_one_of(t, {"o", "out", "out_proj", "wo", "proj", "dense", "output", "c_proj", "linear_out", "output_proj", "fc_o", "projection",
                    "out_linear", "linear_o", "fc", "proj_out", "output_linear", "output_dense"}) ||
      (output && (m.path.back().is_number() || t == "dense" || t == "linear")))
    return Function::attention_out;
  return Function::other;
}

/// In a Sequential inside a feed-forward block, the first matrix leads in, the last one out.
Function numbered_feed_forward(const Reading& reading, const Module& m) {
  const auto& siblings = reading.children.at(m.parent());
  std::vector<std::size_t> matrices;
  for (const std::size_t s : siblings)
    if (rank_of(reading, reading.modules[s]) >= 2 && reading.modules[s].path.back().is_number()) matrices.push_back(s);
  if (matrices.size() < 2) {
    // BasicTransformerBlock's net.0.proj, net.2
    return matrices.size() == 1 && m.path.back().index > 0 ? Function::ffn_out : Function::ffn_in;
  }
  if (&reading.modules[matrices.front()] == &m) return Function::ffn_in;
  return &reading.modules[matrices.back()] == &m ? Function::ffn_out : Function::other;
}

Function feed_forward_function(const Reading& reading, const Module& m) {
  const std::string& t = m.last();
  if (m.path.size() > 1 && m.before(1).is_number() && is_one_of(t, {"proj", "linear", "dense", "fc"}))  // net.0.proj, net.2
    return m.before(1).index == 0 ? Function::ffn_in : Function::ffn_out;
  const bool glu = reading.has_sibling(m, {"w3"});
  if (t == "w1") return glu ? Function::ffn_gate : Function::ffn_in;
  if (t == "w3") return Function::ffn_up;
  if (is_one_of(t, {"w2",      "fc2",  "lin2", "linear2",  "linear_2", "c_proj",     "wo",  "w_2",     "output_dense", "dense2",
                    "dense_2", "down", "proj", "out_proj", "layer2",   "ffn_layer2", "ff2", "pwconv2", "dense_out",    "down_layer"}) ||
      t.ends_with("_out"))
    return Function::ffn_out;
  if (t == "key" && reading.has_sibling(m, {"receptance"})) return Function::ffn_in;
  if (t == "value" && reading.has_sibling(m, {"receptance"})) return Function::ffn_out;
  if (t == "gate") return Function::ffn_gate;
  if (t == "up") return Function::ffn_up;
  if (is_one_of(t, {"fc1", "lin1", "linear1", "linear_1", "w_1", "intermediate_dense", "dense1", "dense_1", "layer1", "ffn_layer1", "ff1",
                    "pwconv1", "dense_in", "fc", "dense", "intermediate", "up_layer"}) ||
      t.ends_with("_in")) {
    if (t == "dense" && m.path.size() > 1 && m.before(1).text == "output") return Function::ffn_out;
    return Function::ffn_in;
  }
  return m.path.back().is_number() ? numbered_feed_forward(reading, m) : Function::other;
}

bool is_router(const Reading& reading, const Module& m) {
  const std::string& t = m.last();
  const bool routed = path_has_word(m.path, {"router", "gating"}) || is_one_of(t, {"gate", "wg", "gate_network", "gate_linear", "gates"});
  if (!routed) return false;
  Path parent(m.path.begin(), m.path.end() - 1);
  for (int up = 0; up < 2; ++up) {  // experts beside the router, or beside the module that holds it
    const std::string prefix = joined(parent, parent.size());
    for (const char* const word : {"experts", "expert"}) {
      const std::string path = prefix.empty() ? word : prefix + "." + word;
      const auto below = reading.children.lower_bound(path);
      if (below != reading.children.end() && below->first.starts_with(path)) return true;
    }
    if (parent.empty()) break;
    parent.pop_back();
  }
  return path_has_word(m.path, {"router"}) || (has_word(t, "gate") && path_has_word(m.path, {"moe"}));
}

/// Shifts, scales and gates for normalized branches: several times as wide as what it reads.
bool modulates(const Reading& reading, const Module& m) {
  if (path_has_word(m.path, {"ada_ln", "adaln", "ada_ln_modulation", "adaln_modulation"})) return true;
  if (!has_word(m.last(), "modulation") && !(m.path.size() > 1 && m.path.back().is_number() && has_word(m.before(1).text, "modulation")))
    return false;
  const Shape& shape = reading.shape(*reading.weight_of(m));
  const std::int64_t wide = *std::max_element(shape.begin(), shape.end()), narrow = *std::min_element(shape.begin(), shape.end());
  return shape.size() == 2 && narrow > 0 && wide >= 2 * narrow && wide % narrow == 0;
}

}  // namespace

bool in_attention(const Path& path) noexcept {
  return std::any_of(path.begin(), path.end(), [](const Segment& s) {
    return s.text.find("attn") != std::string::npos || s.text.find("attention") != std::string::npos || is_one_of(s.text, {"mha", "att"});
  });
}

bool in_feed_forward(const Path& path) noexcept {
  return path_has_word(path, {"mlp", "ffn", "ff", "feed_forward", "feedforward", "dense_relu_dense", "intermediate", "moe", "experts",
                              "expert", "ffwd", "block_sparse_moe", "net", "fc", "mlps"});
}

bool attention_is_nearest(const Path& path) noexcept {
  for (std::size_t i = path.size(); i-- > 0;) {
    const Path one{path[i]};
    if (in_attention(one)) return true;
    if (i + 1 < path.size() && in_feed_forward(one)) return false;
  }
  return false;
}

bool in_experts(const Path& path) noexcept { return path_has_word(path, {"experts", "expert"}); }

Function function_of(const Reading& reading, const Module& m) {
  if (m.find("in_proj_weight") != nullptr) return Function::packed_qkv;
  if (rank_of(reading, m) < 2) return Function::other;
  if (modulates(reading, m)) return Function::modulation;
  if (is_router(reading, m)) return Function::router;
  Function f = plain_function(m.last());
  // a wrapper's only matrix is named by the wrapper: "qkv.linear", "q_proj.conv"
  if (f == Function::other && m.path.size() > 1 && is_one_of(m.last(), {"linear", "conv", "conv1d", "conv2d", "c", "proj", "dense"})) {
    const Function wrapped = plain_function(m.before(1).text);
    if (wrapped == Function::packed_qkv || wrapped == Function::packed_kv) f = wrapped;
    if (m.last() == "conv1d" && m.before(1).text == "intermediate") f = Function::ffn_in;
    if (m.last() == "conv1d" && m.before(1).text == "output") f = Function::ffn_out;
  }
  if (f == Function::other && m.path.back().is_number() && m.path.size() > 1 && m.before(1).text == "to_out") f = Function::attention_out;
  if (f == Function::ffn_in && m.last() == "up_proj" && reading.has_sibling(m, {"gate_proj"})) return Function::ffn_up;
  if (f != Function::other) return f;
  if (is_one_of(m.last(), {"proj", "out_proj", "out", "dense", "o"}) &&
      reading.has_sibling(m, {"qkv", "to_qkv", "query_key_value", "wqkv", "qkv_proj", "q", "to_q"}) && !in_feed_forward(m.path))
    return Function::attention_out;
  // the nearest word decides: "attention.output.dense" against "output.dense"
  if (attention_is_nearest(m.path)) {
    f = attention_function(reading, m);
    if (f != Function::other) return f;
  }
  const bool bert_output = m.last() == "dense" && m.path.size() > 2 && m.before(1).text == "output";
  const bool block_linear =
      is_one_of(m.last(),
                {"linear1", "linear2", "fc1", "fc2", "lin1", "lin2", "pwconv1", "pwconv2", "intermediate_dense", "output_dense"}) &&
      m.path.size() > 2 && std::any_of(m.path.begin(), m.path.end() - 1, [](const Segment& s) { return s.is_number(); });
  const bool attention_near = reading.has_sibling(m, {"self_attn"}) || reading.children.contains(m.parent() + ".self_attn");
  if (in_feed_forward(m.path) || bert_output || block_linear || attention_near || m.last() == "ffn") {
    if (m.last() == "ffn") return Function::ffn_in;
    return feed_forward_function(reading, m);
  }
  return Function::other;
}

}  // namespace evenkeel::names
