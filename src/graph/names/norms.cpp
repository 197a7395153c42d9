// SPDX-License-Identifier: Apache-2.0
// Norms: by running statistics, by scale and shift of one shape, by name; and which kind.
#include <algorithm>

#include "graph/names/functions.hpp"
#include "graph/names/norm_kinds.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {

bool is_norm_name(const Module& m) {
  const auto says = [](const std::string& t) {
    return t.find("norm") != std::string::npos ||
           has_any_word(
               t, {"ln", "bn", "gn", "grn", "rms", "layernorm", "batchnorm", "groupnorm", "ln_f", "norm", "rmsnorm", "instancenorm"}) ||
           t.starts_with("ln") || t.starts_with("bn");
  };
  return says(m.last()) || (m.path.size() > 1 && m.path.back().is_number() && says(m.before(1).text));
}

namespace {

bool has_word_in_name(const Module& m, std::string_view word) { return m.last().find(word) != std::string::npos; }

/// Modules of PyTorch's ResNets, U-Nets and the like whose Sequential holds a convolution just before.
bool stands_behind_convolution(const Reading& reading, const Module& m) {
  if (!m.path.back().is_number()) return false;
  const Segment& last = m.path.back();
  const Module* before = reading.sibling(m, std::to_string(last.index - 1));
  const Entry* weight = before == nullptr ? nullptr : reading.weight_of(*before);
  return weight != nullptr && reading.shape(*weight).size() >= 3;
}

std::string kind_of(const Reading& reading, const Module& m) {
  if (m.find("running_mean") != nullptr || m.find("running_var") != nullptr) return "batch_norm";
  if (has_word(m.last(), "grn")) return "response_norm";
  if (has_word_in_name(m, "group") || has_any_word(m.last(), {"gn"})) return "group_norm";
  if (has_word_in_name(m, "instance")) return "instance_norm";
  if (has_word_in_name(m, "batch") || has_any_word(m.last(), {"bn"})) return "batch_norm";
  if (has_word_in_name(m, "rms")) return "rms_norm";
  if (m.find("bias") != nullptr) return stands_behind_convolution(reading, m) ? "group_norm" : "layer_norm";
  if (has_word_in_name(m, "layernorm") || has_word_in_name(m, "layer_norm")) {
    const bool centred = reading.settings.family_is(m.path, {"modernbert", "mpt", "cohere", "cohere2", "dbrx", "olmo"});
    return centred ? "layer_norm" : "rms_norm";
  }
  return reading.settings.family_is(m.path, {"modernbert", "mpt", "cohere", "cohere2", "dbrx"}) ? "layer_norm" : "rms_norm";
}

bool is_zero_centred(const Reading& reading, const Module& m) {
  if (has_word(m.last(), "grn")) return true;  // x + scale * N(x) + shift
  return reading.settings.family_is(m.path,
                                    {"gemma", "gemma2", "gemma3", "gemma3_text", "recurrent_gemma", "qwen3_next", "nemotron", "t5gemma"}) ||
         has_any_word(m.last(), {"zero_centred", "zero_centered"});
}

std::string op_of(const std::string& kind) {
  if (kind == "batch_norm") return "BatchNorm";
  if (kind == "group_norm") return "GroupNorm";
  if (kind == "instance_norm") return "InstanceNorm";
  if (kind == "response_norm") return "GRN";
  return kind == "rms_norm" ? "RMSNorm" : "LayerNorm";
}

}  // namespace

bool find_norm(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const bool statistics = m.find("running_var") != nullptr || (m.find("running_mean") != nullptr && m.find("weight") == nullptr);
  const Entry* scale = m.find("scale") != nullptr ? m.find("scale") : m.find("weight");
  if (scale == nullptr && is_norm_name(m)) scale = m.find("alpha");
  const Shape* shape = scale == nullptr ? nullptr : &reading.shape(*scale);
  const Shape* shift = reading.shape_of(m, "bias");
  const bool named = is_norm_name(m);
  const bool same = shape != nullptr && shift != nullptr && *shape == *shift && !shape->empty() &&
                    (shape->size() == 1 || named || m.path.back().is_number());
  const bool lone_scale = shape != nullptr && shift == nullptr && shape->size() == 1 && named;
  const bool lone_shift = scale == nullptr && shift != nullptr && shift->size() == 1 && named;
  const bool broad =
      shape != nullptr && shape->size() > 1 && named && element_count(*shape) == *std::max_element(shape->begin(), shape->end());
  if (!statistics && !same && !lone_scale && !lone_shift && !broad) return false;
  if (same && !named && has_any_word(m.last(), {"affine"}) && shape->size() == 1) return false;
  const std::string kind = kind_of(reading, m), op = op_of(kind);
  const Certainty certainty = statistics || (same && shape->size() == 1) || named ? Certainty::certain : Certainty::likely;
  const std::string why = statistics ? "a module with running statistics" : same ? "scale and shift of one length" : "named as a norm";
  for (const Entry& e : m.entries) {
    Role role = Role::unknown;
    if (&e == scale) role = Role::norm_scale;
    if (e.leaf == "bias") role = Role::norm_shift;
    if (e.leaf == "running_mean") role = Role::running_mean;
    if (e.leaf == "running_var") role = Role::running_var;
    if (role == Role::unknown) continue;
    Finding f = make_finding(reading, module, e, role, "", op, certainty, why);
    f.parameter.norm = kind;
    if (role == Role::norm_scale && is_zero_centred(reading, m)) {
      f.parameter.zero_centred = true;
      f.parameter.evidence.push_back("it multiplies by (1 + scale)");
    }
    out.push_back(std::move(f));
  }
  return true;
}

}  // namespace evenkeel::names
