// SPDX-License-Identifier: Apache-2.0
// Matrices: dense layers, packed projections, routers, heads.
#include "graph/names/functions.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

std::string attention_word(Function f) {
  switch (f) {
    case Function::query:
      return "q";
    case Function::key:
      return "k";
    case Function::value:
      return "v";
    case Function::packed_qkv:
      return "qkv";
    case Function::attention_out:
      return "out";
    default:
      return "";
  }
}

std::string glu_word(Function f) {
  return f == Function::ffn_gate ? "gate" : f == Function::ffn_up ? "value" : f == Function::ffn_gate_up ? "gate_up" : "";
}

/// "queries of attention", for the reason.
std::string function_words(Function f) {
  switch (f) {
    case Function::query:
      return "queries of attention";
    case Function::key:
      return "keys of attention";
    case Function::value:
      return "values of attention";
    case Function::packed_qkv:
      return "queries, keys and values of attention";
    case Function::packed_kv:
      return "keys and values of attention";
    case Function::attention_out:
      return "output of attention";
    case Function::ffn_in:
      return "first layer of a feed-forward block";
    case Function::ffn_gate:
      return "gate of a feed-forward block";
    case Function::ffn_up:
      return "gated values of a feed-forward block";
    case Function::ffn_gate_up:
      return "gate and values of a feed-forward block in one";
    case Function::ffn_out:
      return "last layer of a feed-forward block";
    case Function::router:
      return "router of experts";
    case Function::modulation:
      return "shifts, scales and gates of adaptive norms";
    default:
      return "a linear layer";
  }
}

/// A feed-forward layer that leads in twice as wide as the one that leads out reads: gate and values in one.
bool is_gated_pair(const Reading& reading, const Module& m, std::int64_t outputs) {
  for (const char* const last : {"wo", "w_out", "down_proj", "w2", "fc2", "dense_4h_to_h", "c_proj", "w3", "linear2", "output"}) {
    const Module* out = reading.sibling(m, last);
    const Entry* weight = out == nullptr || out == &m ? nullptr : reading.weight_of(*out);
    if (weight == nullptr || reading.shape(*weight).size() != 2) continue;
    const Shape& shape = reading.shape(*weight);
    const std::int64_t inputs = orientation_of(reading, *out, *weight).input_first ? shape[0] : shape[1];
    return outputs == 2 * inputs;
  }
  for (const std::size_t i : reading.children.at(m.parent())) {
    const Entry* weight = reading.functions[i] == Function::ffn_out ? reading.weight_of(reading.modules[i]) : nullptr;
    if (weight == nullptr || reading.shape(*weight).size() != 2) continue;
    const Shape& shape = reading.shape(*weight);
    return outputs == 2 * (orientation_of(reading, reading.modules[i], *weight).input_first ? shape[0] : shape[1]);
  }
  // net.0.proj beside net.2
  if (m.path.size() > 2 && m.before(1).is_number()) {
    const std::string list = joined(m.path, m.path.size() - 2);
    const auto beside = reading.children.find(list);
    if (beside == reading.children.end()) return false;
    for (const std::size_t i : beside->second) {
      const Entry* weight = reading.weight_of(reading.modules[i]);
      if (weight == nullptr || reading.shape(*weight).size() != 2) continue;
      const Shape& shape = reading.shape(*weight);
      return outputs == 2 * (orientation_of(reading, reading.modules[i], *weight).input_first ? shape[0] : shape[1]);
    }
  }
  return false;
}

}  // namespace

bool find_matrix(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  if (const Entry* packed = m.find("in_proj_weight")) {  // torch.nn.MultiheadAttention
    Finding f =
        make_finding(reading, module, *packed, Role::dense, "OI", "Linear", Certainty::certain, "in_proj_weight of a MultiheadAttention");
    const Shape& shape = reading.shape(*packed);
    if (shape.size() != 2) return false;
    set_sections(f, pack_qkv(reading, m, shape[0], shape[1]), 0, Role::packed_qkv);
    f.parameter.attention = "qkv";
    if (const Entry* bias = m.find("in_proj_bias")) {
      out.push_back(
          make_finding(reading, module, *bias, Role::bias, "", "Linear", Certainty::certain, "in_proj_bias of a MultiheadAttention"));
      out.back().parameter.bias_of = packed->tensor;
      f.parameter.has_bias = true;
    }
    out.push_back(std::move(f));
    for (const char* const leaf : {"bias_k", "bias_v"})
      if (const Entry* token = m.find(leaf))
        out.push_back(
            make_finding(reading, module, *token, Role::token, "", "Linear", Certainty::certain, "key or value appended to all others"));
    return true;
  }
  bool any = false;
  for (const char* const leaf : {"q_proj_weight", "k_proj_weight", "v_proj_weight"}) {
    const Entry* entry = m.find(leaf);
    if (entry == nullptr || reading.shape(*entry).size() != 2) continue;
    Finding f =
        make_finding(reading, module, *entry, Role::dense, "OI", "Linear", Certainty::certain, "projection of a MultiheadAttention");
    f.parameter.attention = std::string(leaf).substr(0, 1);
    out.push_back(std::move(f));
    any = true;
  }
  if (any) {
    if (const Entry* bias = m.find("in_proj_bias"))
      out.push_back(
          make_finding(reading, module, *bias, Role::bias, "", "Linear", Certainty::certain, "in_proj_bias of a MultiheadAttention"));
    return true;
  }
  for (const char* const leaf : {"bias_k", "bias_v"}) {  // Transformer-XL's, beside bias_u
    const Entry* bias = m.find(leaf);
    if (bias == nullptr || reading.shape(*bias).size() > 2) continue;
    out.push_back(make_finding(reading, module, *bias, Role::bias, "", "", Certainty::likely, "a bias within attention, by name"));
    any = true;
  }
  const Entry* weight = reading.weight_of(m);
  if (weight == nullptr || reading.shape(*weight).size() != 2) return any;
  const Shape& shape = reading.shape(*weight);
  const Orientation o = orientation_of(reading, m, *weight);
  const Function function = reading.functions[module];
  Finding f = make_finding(reading, module, *weight, function == Function::router ? Role::router : Role::dense, o.input_first ? "IO" : "OI",
                           "Linear", o.certainty, "a matrix named as " + function_words(function) + "; " + o.why);
  const int axis = o.input_first ? 1 : 0;
  const std::int64_t outputs = shape[static_cast<std::size_t>(axis)], inputs = shape[static_cast<std::size_t>(1 - axis)];
  f.parameter.attention = attention_word(function);
  f.parameter.glu = glu_word(function);
  if (function == Function::packed_qkv && outputs == 2 * inputs &&
      (reading.has_sibling(m, {"q_attn", "q", "to_q"}) ||
       (outputs % 3 != 0 && pack_qkv(reading, m, outputs, inputs).certainty != Certainty::certain))) {
    set_sections(f, pack_halves(outputs, "k", "v"), axis, Role::packed_dense);
    f.parameter.attention = "";
  } else if (function == Function::packed_qkv && outputs >= inputs) {
    set_sections(f, pack_qkv(reading, m, outputs, inputs), axis, Role::packed_qkv);
  } else if (function == Function::packed_kv) {
    set_sections(f, pack_halves(outputs, "k", "v"), axis, Role::packed_dense);
  } else if (function == Function::ffn_gate_up || (function == Function::ffn_in && is_gated_pair(reading, m, outputs))) {
    set_sections(f, pack_halves(outputs, "gate", "up"), axis, Role::packed_gate_up);
    f.parameter.glu = "gate_up";
  }
  add_gain(reading, module, f, out);
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

void add_biases(const Reading& reading, std::size_t module, const Finding& weight, Findings& out) {
  const Module& m = reading.modules[module];
  for (const Entry& entry : m.entries) {
    if (entry.leaf != "bias") continue;
    Finding f = make_finding(reading, module, entry, Role::bias, "", weight.parameter.node_op,
                             weight.certainty == Certainty::assumed ? Certainty::likely : weight.certainty,
                             "stands beside the weight of a layer as its " + entry.stored);
    f.parameter.bias_of = weight.parameter.tensor;
    if (m.last() == "dt_proj" && reading.has_sibling(m, {"a_log"})) {
      f.parameter.geometry.role = Role::ssm_dt_bias;
      f.parameter.evidence.push_back("it holds the time steps of a state-space layer");
    }
    out.push_back(std::move(f));
  }
}

void add_gain(const Reading& reading, std::size_t module, Finding& weight, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* gain = m.find("gain");
  if (gain == nullptr) return;
  weight.parameter.weight_norm = true;
  weight.parameter.evidence.push_back("weight normalization divides it by its own norm");
  out.push_back(make_finding(reading, module, *gain, Role::weight_norm_gain, "", weight.parameter.node_op, Certainty::certain,
                             "gain of weight normalization, which PyTorch stores beside the direction"));
}

}  // namespace evenkeel::names
