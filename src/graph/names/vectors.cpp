// SPDX-License-Identifier: Apache-2.0
// Vectors and numbers that are no norm: slopes, scales, tokens, lone biases.
#include <algorithm>

#include "graph/names/norm_kinds.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

bool is_layer_scale(const Module& m, const Entry& e) {
  const auto says = [](const std::string& t) {
    return has_any_word(t, {"layer_scale", "layerscale", "ls", "ls1", "ls2", "gamma", "scaling"}) || t.starts_with("lambda") ||
           t.find("layer_scale") != std::string::npos;
  };
  if (says(m.last()) && !is_norm_name(m)) return true;
  return is_one_of(e.stored, {"gamma"}) && !is_norm_name(m);
}

bool is_slope(const Module& m) {
  return has_any_word(m.last(), {"prelu", "act", "activation", "slope", "relu", "act_fn", "p_relu", "nonlinearity", "activ", "non_lin"});
}

bool is_temperature(const Module& m) { return has_any_word(m.last(), {"logit_scale", "temperature", "tau", "temp", "logits_scale"}); }

bool is_residual_scale(const Module& m) {
  return has_any_word(m.last(),
                      {"resweight", "rezero", "skip_gain", "skipinit", "skip_init", "residual_scale", "res_scale", "alpha", "skip_scale"});
}

bool is_token(const Module& m) {
  return m.last().find("token") != std::string::npos ||
         is_one_of(m.last(), {"class_embedding", "cls", "cls_embed", "mask_embedding", "masked_spec_embed", "bos", "eos", "null_emb",
                              "pad_emb", "probe", "class_embed", "cls_emb", "cls_embedding", "sep", "mask_emb", "latent", "probe_token",
                              "const", "constant_input"});
}

/// Only one axis is longer than 1.
bool is_vector_like(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end(), [](std::int64_t n) { return n > 1; }) <= 1;
}

/// A learned slope in a Sequential without any name: one number, or one a channel of the convolution before.
bool is_numbered_slope(const Reading& reading, const Module& m, const Shape& shape) {
  if (!m.path.back().is_number() || shape.size() != 1 || m.find("bias") != nullptr) return false;
  if (shape[0] == 1) return reading.modules.size() > 1;
  const Module* before = reading.sibling(m, std::to_string(m.path.back().index - 1));
  const Entry* weight = before == nullptr ? nullptr : reading.weight_of(*before);
  if (weight == nullptr) return false;
  return reading.shape(*weight).size() > 2 || before->find("running_var") != nullptr;
}

}  // namespace

bool find_vector(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* e = reading.weight_of(m);
  if (e == nullptr) e = m.find("alpha");
  if (e == nullptr) e = m.find("gain");
  if (e == nullptr) {  // a bias alone
    const bool alone = std::all_of(m.entries.begin(), m.entries.end(), [&](const Entry& entry) {
      return entry.leaf == "bias" ||
             is_one_of(entry.leaf, {"scales", "qzeros", "zeros", "g_idx", "weight_scale", "absmax", "quant_map", "scb"}) ||
             !is_floating(reading.graph.tensors[static_cast<std::size_t>(entry.tensor)].dtype);
    });
    if (!alone) return false;
    bool any = false;
    for (const Entry& entry : m.entries) {
      if (entry.leaf != "bias") continue;
      if (is_temperature(m)) continue;
      out.push_back(make_finding(reading, module, entry, Role::bias, "", "", Certainty::likely, "a bias that stands alone, by name"));
      any = true;
    }
    return any;
  }
  const Shape& shape = reading.shape(*e);
  if (!is_vector_like(shape) || m.find("gain") == e || (shape.size() == 2 && e->leaf == "weight")) return false;
  const auto settle = [&](Role role, Certainty certainty, const std::string& why) {
    out.push_back(make_finding(reading, module, *e, role, "", "", certainty, why));
    for (const Entry& entry : m.entries)
      if (entry.leaf == "bias" && &entry != e)
        out.push_back(make_finding(reading, module, entry, Role::bias, "", "", Certainty::likely, "a bias beside a scale"));
    return true;
  };
  if (e->leaf.empty() && (shape.size() > 1 || m.last() == "query") && (says_query(m.last()) || m.last().ends_with("query")))
    return settle(Role::query_embedding, Certainty::likely, "learned queries, by name");
  if (is_token(m)) return settle(Role::token, Certainty::certain, "a learned token, by name");
  if (e->leaf.empty() && (m.last().starts_with("image_") || m.last().ends_with("_init")) && shape.size() == 1)
    return settle(Role::token, Certainty::likely, "a learned row that is put in, by name");
  if (e->leaf.empty() && has_word(m.last(), "gate") && !has_word(m.last(), "bias")) {
    const bool one = element_count(shape) == 1;
    return settle(one ? Role::residual_scale : Role::scale, Certainty::likely,
                  one ? "a gate of a branch, a number, by name" : "a gate per channel, by name");
  }
  if (is_temperature(m)) return settle(Role::temperature, Certainty::certain, "a temperature, by name");
  if (is_slope(m) && shape.size() <= 1) return settle(Role::activation_slope, Certainty::likely, "weight of an activation, by name");
  if (e->leaf == "alpha" && !shape.empty() && e->stored == "alpha" && has_any_word(m.last(), {"prelu", "p_re_lu"}))
    return settle(Role::activation_slope, Certainty::certain, "alpha of a PReLU");
  if (is_layer_scale(m, *e) && element_count(shape) > 1 && (e->leaf != "weight" || !is_norm_name(m)))
    return settle(Role::layer_scale, Certainty::likely, "a factor per channel on a residual branch, by name");
  if (is_residual_scale(m) || e->leaf == "alpha") {
    const bool one = element_count(shape) == 1;
    return settle(one ? Role::residual_scale : Role::scale, Certainty::likely,
                  one ? "a factor on a residual branch, by name" : "a factor, by name");
  }
  if (shape.size() == 1 && path_has_word(m.path, {"pos", "position", "positional"})) return false;
  if (path_has_word(m.path, {"magnitude", "lora_magnitude_vector"}))
    return settle(Role::scale, Certainty::likely, "the magnitude of an adapted weight, by name");
  if (has_any_word(m.last(), {"log_std", "logstd", "log_sigma", "log_scale", "log_alpha", "log_var"}))
    return settle(Role::bias, Certainty::likely, "the logarithm of a size, by name: an offset");
  if (has_any_word(m.last(), {"bias", "b", "base", "beta", "shift", "offset", "sinks", "transitions"}) || m.last().ends_with("_bias") ||
      m.last().ends_with("_b"))
    return settle(Role::bias, Certainty::likely, "a bias, by name");
  if (e->leaf == "weight" && is_numbered_slope(reading, m, shape))
    return settle(Role::activation_slope, Certainty::assumed,
                  "a vector without a shift behind a convolution, taken for the slopes of a PReLU");
  if (has_any_word(m.last(), {"scale", "scales", "gain", "multiplier", "factor", "affine", "weight", "weights", "residual"}) &&
      e->leaf.empty())
    return settle(Role::scale, Certainty::likely, "a factor, by name");
  const bool one = element_count(shape) == 1 && !is_norm_name(m);
  if (shape.size() == 1 && !one && (e->leaf == "weight" || e->leaf == "scale")) {
    Finding f = make_finding(reading, module, *e, Role::norm_scale, "", "RMSNorm",
                             m.find("bias") == nullptr ? Certainty::likely : Certainty::assumed, "a vector as weight of a module: a norm");
    f.parameter.norm = m.find("bias") == nullptr ? "rms_norm" : "layer_norm";
    out.push_back(std::move(f));
    return true;
  }
  if (shape.empty() || element_count(shape) == 1) return settle(Role::scale, Certainty::assumed, "one number, taken for a factor");
  return false;
}

}  // namespace evenkeel::names
