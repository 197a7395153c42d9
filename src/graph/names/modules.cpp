// SPDX-License-Identifier: Apache-2.0
#include "graph/names/modules.hpp"

#include <algorithm>

#include "graph/names/order.hpp"

namespace evenkeel::names {
namespace {

struct Split {
  Path module;
  std::string leaf, stored;
};

/// Word for a last segment that every framework uses for a part of a module; "" where it is none.
std::string shared_word(const Segment& segment) {
  const std::string& text = segment.text;
  if (is_one_of(text, {"weight", "kernel", "w", "weights", "weight_orig", "filter", "qweight"})) return "weight";
  if (is_one_of(text, {"bias", "b", "biases", "beta", "offset", "b_2"})) return "bias";
  if (is_one_of(text, {"gamma", "scale", "g", "a_2"})) return "scale";
  if (is_one_of(text, {"running_mean", "moving_mean", "mean"})) return "running_mean";
  if (is_one_of(text, {"running_var", "moving_variance", "moving_var", "var", "variance", "running_variance"})) return "running_var";
  if (is_one_of(text, {"num_batches_tracked", "seed_generator_state"})) return "counter";
  if (is_one_of(text, {"embedding", "embeddings"})) return "embedding";
  if (is_one_of(text, {"weight_v",
                       "weight_g",
                       "weight_u",
                       "weight_mask",
                       "weight_scale",
                       "weight_scale_inv",
                       "weight_zero_point",
                       "input_scale",
                       "output_scale",
                       "qzeros",
                       "scales",
                       "zeros",
                       "g_idx",
                       "absmax",
                       "quant_map",
                       "scb",
                       "recurrent_kernel",
                       "depthwise_kernel",
                       "pointwise_kernel",
                       "in_proj_weight",
                       "in_proj_bias",
                       "q_proj_weight",
                       "k_proj_weight",
                       "v_proj_weight",
                       "bias_k",
                       "bias_v",
                       "recurrent_bias",
                       "alpha"}))
    return text;
  const bool cell = text.starts_with("weight_ih") || text.starts_with("weight_hh") || text.starts_with("weight_hr") ||
                    text.starts_with("bias_ih") || text.starts_with("bias_hh");
  return cell ? text : "";
}

std::string gain_word(std::string text) {
  if (text == "weight_g" || text == "original0") return "gain";
  if (text == "weight_v" || text == "original1" || text == "original") return "weight";
  return text;
}

Split split(const Path& path) {
  Split out{path, "", ""};
  const auto parametrized = std::find_if(path.begin(), path.end(), [](const Segment& s) { return s.text == "parametrizations"; });
  if (parametrized != path.end() && path.end() - parametrized >= 3) {
    // X.parametrizations.weight.original1: X.weight, whose parts PyTorch stores
    out.module.assign(path.begin(), parametrized);
    const std::string part = path.back().text;
    const std::string of = (parametrized + 1)->text;
    out.stored = of;
    out.leaf = of == "weight" ? gain_word(part) : of;
    if (!is_one_of(part, {"original", "original0", "original1"})) out.leaf = "buffer";
    if (out.module.empty()) out.module = path;
    return out;
  }
  const Segment& last = path.back();
  std::string leaf = shared_word(last);
  if (!leaf.empty()) {
    out.leaf = gain_word(leaf);
    out.stored = last.text;
    if (path.size() > 1) out.module.pop_back();
    return out;
  }
  for (const char* const word : {"_weight", "_bias", "_kernel"}) {  // gate_up_proj_bias, q_bias
    if (!last.text.ends_with(word) || has_any_word(last.text, {"relative", "pos", "position", "dt", "attention", "logits", "logit"}))
      continue;
    out.leaf = std::string_view(word) == "_bias" ? "bias" : "weight";
    out.stored = last.text;
    out.module.back() = parse_segment(last.text.substr(0, last.text.size() - std::string_view(word).size()));
    return out;
  }
  return out;
}

/// "W1" and "b1" of one parent are weight and bias of one layer.
void pair_numbered(std::vector<Split>& splits) {
  std::map<std::string, int> seen;
  for (const Split& s : splits)
    if (s.leaf.empty() && s.module.back().index >= 0 && is_one_of(s.module.back().stem, {"w", "b", "bias", "weight", "weights"}))
      seen[joined(s.module, s.module.size() - 1) + "." + std::to_string(s.module.back().index)] |=
          s.module.back().stem.front() == 'w' ? 1 : 2;
  for (Split& s : splits) {
    if (!s.leaf.empty() || s.module.back().index < 0) continue;
    const auto found = seen.find(joined(s.module, s.module.size() - 1) + "." + std::to_string(s.module.back().index));
    if (found == seen.end() || found->second != 3) continue;
    if (!is_one_of(s.module.back().stem, {"w", "b", "bias", "weight", "weights"})) continue;
    s.stored = s.module.back().text;
    s.leaf = s.module.back().stem.front() == 'w' ? "weight" : "bias";
    s.module.back() = parse_segment("layer" + std::to_string(s.module.back().index));
  }
}

/// The file's spelling of the module: the tensor's name without its last part.
std::string module_name(const std::string& tensor, const Split& s) {
  if (s.leaf.empty() || tensor == s.stored) return tensor;
  const auto end = tensor.find_last_of("./:|~");
  if (end == std::string::npos) return tensor;
  if (const auto at = tensor.find(".parametrizations."); at != std::string::npos) return tensor.substr(0, at);
  const auto colon = tensor.rfind(':');
  const auto cut = colon != std::string::npos && end == colon ? tensor.find_last_of("./", colon) : end;
  return cut == std::string::npos ? tensor : tensor.substr(0, cut);
}

}  // namespace

const Entry* Module::find(std::string_view leaf) const noexcept {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.leaf == leaf; });
  return found == entries.end() ? nullptr : &*found;
}

const Segment& Module::before(std::size_t back) const noexcept {
  static const Segment none;
  return back < path.size() ? path[path.size() - 1 - back] : none;
}

std::vector<Module> group_modules(const Graph& graph) {
  std::vector<Split> splits;
  for (const StoredTensor& tensor : graph.tensors) splits.push_back(split(parse_path(tensor.name)));
  pair_numbered(splits);
  std::map<std::string, std::size_t> index;
  std::vector<Module> modules;
  for (std::size_t t = 0; t < splits.size(); ++t) {
    const Split& s = splits[t];
    std::string text = joined(s.module, s.module.size());
    const auto [place, fresh] = index.try_emplace(text, modules.size());
    if (fresh) modules.push_back({module_name(graph.tensors[t].name, s), s.module, {}, std::move(text)});
    modules[place->second].entries.push_back({static_cast<TensorId>(t), s.leaf, s.stored});
  }
  std::map<std::string, int> places;
  for (Module& m : modules) {
    for (Segment& s : m.path) {
      const auto [place, fresh] = places.try_emplace(s.text, 0);
      if (fresh) place->second = place_of(s);
      s.place = place->second;
    }
  }
  std::stable_sort(modules.begin(), modules.end(), [](const Module& a, const Module& b) { return comes_before(a.path, b.path); });
  return modules;
}

}  // namespace evenkeel::names
