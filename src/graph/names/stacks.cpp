// SPDX-License-Identifier: Apache-2.0
// Tensors of rank 3 that are many matrices: experts, and the per-head kernels of Flax and Keras.
#include <algorithm>

#include "graph/names/functions.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

bool leads_in(const std::string& t) {
  return is_one_of(t, {"gate_up_proj", "gate_proj",     "up_proj", "w1",      "w3",     "wi",   "wi_0",
                       "wi_1",         "fc1",           "layer1",  "gate",    "up",     "w13",  "gate_up",
                       "w_in",         "dense_h_to_4h", "c_fc",    "linear1", "w_gate", "w_up", "input_linear"});
}

bool leads_out(const std::string& t) {
  return is_one_of(
      t, {"down_proj", "w2", "wo", "fc2", "layer2", "down", "w_out", "dense_4h_to_h", "c_proj", "linear2", "w_down", "output_linear"});
}

bool is_gate_up(const std::string& t) { return is_one_of(t, {"gate_up_proj", "w13", "gate_up"}); }

/// An inwards stack twice as wide as what its partner reads: gate and values in one.
bool is_gated_stack(const Reading& reading, const Module& m, std::int64_t outputs) {
  if (!leads_in(m.last())) return false;
  for (const char* const last : {"output_linear", "down_proj", "w2", "wo", "fc2", "c_proj", "w_out"}) {
    const Module* partner = reading.sibling(m, last);
    const Entry* weight = partner == nullptr ? nullptr : reading.weight_of(*partner);
    if (weight == nullptr || reading.shape(*weight).size() != 3) continue;
    const Shape& shape = reading.shape(*weight);
    const std::int64_t width = width_of(reading, m);
    return outputs == 2 * (shape[1] == width && shape[2] != width ? shape[2] : shape[2] == width && shape[1] != width ? shape[1] : 0);
  }
  return false;
}

Orientation expert_orientation(const Reading& reading, const Module& m, const Shape& shape) {
  const Shape* bias = reading.shape_of(m, "bias");
  if (bias != nullptr && bias->size() == 2 && shape[1] != shape[2]) {
    if (bias->back() == shape[1]) return {false, Certainty::certain, "the bias has the length of the second axis"};
    if (bias->back() == shape[2]) return {true, Certainty::certain, "the bias has the length of the last axis"};
  }
  const std::int64_t width = width_of(reading, m);
  const bool in = leads_in(m.last()), out = leads_out(m.last());
  if (width > 0 && in != out && (shape[1] == width) != (shape[2] == width)) {
    const bool second_is_width = shape[1] == width;
    return {second_is_width == in, Certainty::certain, "the stream is " + std::to_string(width) + " wide"};
  }
  if (reading.settings.family_is(m.path, {"gpt_oss", "llama4", "llama4_text"}))
    return {true, Certainty::certain, "this family stores (expert, input, output)"};
  const bool linear =
      m.last().find("linear") != std::string::npos || is_one_of(m.last(), {"gate_up_proj", "down_proj", "up_proj", "gate_proj"});
  return {!linear, Certainty::assumed, linear ? "(expert, output, input) is *assumed*" : "(expert, input, output) is *assumed*"};
}

/// Whether the settings or a router beside it count as many experts as the tensor has matrices.
bool counts_experts(const Reading& reading, const Module& m, std::int64_t experts) {
  const auto stated = reading.settings.integer(
      m.path, {"num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts", "ffn_config.moe_num_experts"});
  if (stated && *stated == experts) return true;
  const auto routes = [&](const std::string& parent) {
    const auto beside = reading.children.find(parent);
    return beside != reading.children.end() && std::any_of(beside->second.begin(), beside->second.end(), [&](std::size_t i) {
             const Module& other = reading.modules[i];
             const Entry* weight = reading.weight_of(other);
             const bool named = reading.functions[i] == Function::router || path_has_word(other.path, {"router", "gate", "gating"});
             return named && weight != nullptr && reading.shape(*weight).size() == 2 &&
                    (reading.shape(*weight)[0] == experts || reading.shape(*weight)[1] == experts);
           });
  };
  return routes(m.parent()) || routes(m.parent() + ".router") || routes(m.parent() + ".gate");
}

bool find_experts(const Reading& reading, std::size_t module, const Entry& weight, Findings& out) {
  const Module& m = reading.modules[module];
  const Shape& shape = reading.shape(weight);
  const Shape* bias = reading.shape_of(m, "bias");
  const bool stacked_bias = bias != nullptr && bias->size() == 2 && (*bias)[0] == shape[0];
  const bool named = in_experts(m.path) || path_has_word(m.path, {"moe", "block_sparse_moe", "expert_weights"}) ||
                     ((leads_in(m.last()) || leads_out(m.last())) &&
                      (weight.leaf.empty() || (weight.stored == "weight" && counts_experts(reading, m, shape[0]))));
  if (!named && !(stacked_bias && weight.stored != "kernel")) return false;
  const Orientation o = expert_orientation(reading, m, shape);
  Finding f = make_finding(reading, module, weight, Role::expert_stack, o.input_first ? "EIO" : "EOI", "Linear", o.certainty,
                           std::to_string(shape[0]) + " experts in one tensor; " + o.why);
  const int axis = o.input_first ? 2 : 1;
  if (is_gate_up(m.last()) || is_gated_stack(reading, m, shape[static_cast<std::size_t>(axis)])) {
    const Packing halves = pack_halves(shape[static_cast<std::size_t>(axis)], "gate", "up");
    f.parameter.geometry.section_axis = halves.sections.empty() ? -1 : axis;
    f.parameter.geometry.sections = halves.sections;
    f.parameter.glu = "gate_up";
    if (reading.settings.family_is(m.path, {"gpt_oss"}))
      f.parameter.evidence.push_back("gate and up alternate in this family, which makes no difference to their fans");
  } else if (is_one_of(m.last(), {"gate_proj", "wi_0", "gate", "w_gate"})) {
    f.parameter.glu = "gate";
  } else if (is_one_of(m.last(), {"w3", "wi_1", "up"}) || (m.last() == "up_proj" && reading.has_sibling(m, {"gate_proj"}))) {
    f.parameter.glu = "value";
  }
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

bool find_heads(const Reading& reading, std::size_t module, const Entry& weight, Findings& out) {
  const Module& m = reading.modules[module];
  const std::string& t = m.last();
  if (weight.leaf.empty() && in_attention(m.path) &&
      is_one_of(t, {"q", "k", "v", "r", "o"})) {  // XLNet: (width, heads, head) on both sides
    Finding f = make_finding(reading, module, weight, t == "o" ? Role::per_head_out : Role::per_head_in, "DHK", "Dense", Certainty::likely,
                             "a parameter (width, heads, head) of attention");
    f.parameter.attention = t == "o" ? "out" : t == "r" ? "" : t;
    out.push_back(std::move(f));
    return true;
  }
  if (weight.stored == "r_kernel") {
    out.push_back(make_finding(reading, module, weight, Role::per_head_in, "DHK", "Dense", Certainty::likely,
                               "a kernel (width, heads, head) of relative attention"));
    return true;
  }
  if (weight.stored != "kernel" && weight.stored != "w") return false;
  const bool in = is_one_of(t, {"query", "key", "value", "q", "k", "v", "q_proj", "k_proj", "v_proj"});
  const bool to_out = is_one_of(t, {"out", "attention_output", "output", "o_proj", "out_proj", "o"});
  const bool beside = in_attention(m.path) || reading.has_sibling(m, {"query", "key", "value", "q_proj"});
  if ((!in && !to_out) || !beside) return false;
  Finding f =
      make_finding(reading, module, weight, in ? Role::per_head_in : Role::per_head_out, in ? "DHK" : "HKD", "Dense", Certainty::certain,
                   in ? "a kernel (width, heads, head) of attention" : "a kernel (heads, head, width) of attention");
  f.parameter.attention = in ? t.substr(0, 1) : "out";
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

}  // namespace

bool find_stack(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  if (const Entry* spline = m.find("weight"); spline != nullptr && spline->stored == "spline_weight") {
    out.push_back(
        make_finding(reading, module, *spline, Role::spline_coefficients, "", "KAN", Certainty::certain, "spline coefficients, by name"));
    return true;
  }
  const Entry* weight = m.find("weight") != nullptr ? m.find("weight") : m.find("");
  if (weight == nullptr || reading.shape(*weight).size() != 3) return false;
  const bool scores = weight->leaf.empty() && reading.shape(*weight)[0] == 1 &&
                      is_one_of(m.last(), {"att", "att_src", "att_dst", "att_l", "att_r", "att_edge"});
  if (scores) {  // graph attention: a vector a head
    out.push_back(make_finding(reading, module, *weight, Role::dense, "EOI", "Linear", Certainty::likely,
                               "scores of graph attention, a vector for each head"));
    return true;
  }
  return find_heads(reading, module, *weight, out) || find_experts(reading, module, *weight, out);
}

}  // namespace evenkeel::names
