// SPDX-License-Identifier: Apache-2.0
// Stored tensors that are no parameters: masks, rotary tables, counters, what quantization keeps beside its integers.
#include <algorithm>

#include "graph/names/rules.hpp"
#include "graph/roles/layers.hpp"

namespace evenkeel::names {
namespace {

bool is_quantization_leaf(const std::string& leaf) {
  return is_one_of(leaf, {"weight_scale", "weight_scale_inv", "weight_zero_point", "input_scale", "output_scale", "qzeros", "scales",
                          "zeros", "absmax", "quant_map", "scb"});
}

bool has_integer_weight(const Reading& reading, const Module& m) {
  return std::any_of(m.entries.begin(), m.entries.end(), [&](const Entry& e) {
    return e.leaf == "weight" && !is_floating(reading.graph.tensors[static_cast<std::size_t>(e.tensor)].dtype);
  });
}

bool is_table_name(const Module& m) {
  const std::string& t = m.last();
  return is_one_of(t, {"inv_freq",
                       "original_inv_freq",
                       "position_ids",
                       "token_type_ids",
                       "masked_bias",
                       "attn_mask",
                       "attention_mask",
                       "causal_mask",
                       "mask",
                       "freqs_cis",
                       "freqs_cos",
                       "freqs_sin",
                       "cos_cached",
                       "sin_cached",
                       "rotary_pos_emb_cache",
                       "relative_position_index",
                       "relative_coords_table",
                       "pe",
                       "window",
                       "mel_filters",
                       "filters",
                       "frequencies",
                       "freqs",
                       "anchors",
                       "anchor",
                       "grid",
                       "zigzag",
                       "alphas_cumprod",
                       "betas",
                       "pos_table",
                       "tril",
                       "stft_window",
                       "mean_buffer",
                       "std_buffer",
                       "norm_mean",
                       "norm_std",
                       "image_mean",
                       "image_std",
                       "diagonal_decay",
                       "query_decay",
                       "key_decay",
                       "slope_rate",
                       "pixel_mean",
                       "pixel_std",
                       "embed_scale",
                       "weights_sinusoidal",
                       "inv_freqs",
                       "ids_shuffle",
                       "ids_keep",
                       "null_indicator",
                       "dft_basis",
                       "fb",
                       "cluster_size",
                       "ema_w"}) ||
         t.ends_with("_cached") || t.ends_with("scaling_factor") || t.ends_with("_integer") ||
         t.find("cluster_size") != std::string::npos || t.ends_with("ema_w") || t.ends_with("_epsilon") || t == "noise_const" ||
         t == "_float_tensor" || (m.path.size() > 1 && m.before(1).text.starts_with("rotary"));
}

/// A (1, 1, n, n) "bias" of GPT-2's attention is its causal mask.
bool is_mask_shape(const Shape& shape) { return shape.size() == 4 && shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3]; }

bool is_fixed_basis(const Reading& reading, const Module& m, const Entry& weight) {
  const Shape& shape = reading.shape(weight);
  if (!path_has_word(m.path, {"stft", "basis", "fourier", "dft", "mel", "cqt", "filterbank"})) return false;
  return shape.size() >= 3 && reading.weights.has_values(weight.tensor);
}

}  // namespace

bool find_buffers(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const auto add = [&](const Entry& e, Role role, const char* why) {
    out.push_back(make_finding(reading, module, e, role, "", "", Certainty::certain, why));
    out.back().parameter.assumed = false;
  };
  const bool quantized = has_integer_weight(reading, m);
  bool weight_left = false;
  for (const Entry& e : m.entries) {
    const StoredTensor& tensor = reading.graph.tensors[static_cast<std::size_t>(e.tensor)];
    const Shape& shape = tensor.shape;
    if (!is_floating(tensor.dtype)) continue;
    if (is_quantization_leaf(e.leaf) || (quantized && e.leaf == "scale"))
      add(e, Role::quantized, "scale of quantized values");
    else if (e.leaf == "counter" || e.leaf == "buffer" || e.leaf == "weight_u" || e.leaf == "weight_mask" || e.leaf == "g_idx")
      add(e, Role::constant, "a buffer of its module, by name");
    else if (e.leaf == "bias" && is_mask_shape(shape))
      add(e, Role::constant, "a square mask of attention");
    else if ((e.leaf.empty() || e.leaf == "weight") && is_table_name(m) && reading.functions[module] == Function::other &&
             (e.leaf.empty() || shape.size() != 2))
      add(e, Role::constant, "a fixed table, by name");
    else if (e.leaf == "weight" && is_fixed_basis(reading, m, e))
      add(e, Role::constant, "a fixed basis (Fourier or filters), by name");
    else if (e.leaf == "weight" && m.find("gain") == nullptr && m.find("weight_u") != nullptr && e.stored == "weight_v" &&
             shape.size() == 1)
      add(e, Role::constant, "a vector that spectral normalization keeps");
    else
      weight_left = true;
  }
  return !weight_left;
}

}  // namespace evenkeel::names
