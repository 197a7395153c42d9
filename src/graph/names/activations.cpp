// SPDX-License-Identifier: Apache-2.0
#include "graph/names/activations.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "evenkeel/theory/activation.hpp"

namespace evenkeel::names {
namespace {

struct Pair {
  std::string_view from, to;
};

constexpr std::array synonyms = {Pair{"gelu_new", "gelu_tanh"},
                                 Pair{"gelu_fast", "gelu_tanh"},
                                 Pair{"gelu_pytorch_tanh", "gelu_tanh"},
                                 Pair{"gelu_accurate", "gelu_tanh"},
                                 Pair{"gelu_python", "gelu"},
                                 Pair{"gelu_10", "gelu"},
                                 Pair{"gelu_python_tanh", "gelu_tanh"},
                                 Pair{"swish", "silu"},
                                 Pair{"geglu", "gelu"},
                                 Pair{"swiglu", "silu"},
                                 Pair{"reglu", "relu"},
                                 Pair{"relu2", "relu_squared"},
                                 Pair{"squared_relu", "relu_squared"},
                                 Pair{"hard_swish", "hardswish"},
                                 Pair{"hard_sigmoid", "hardsigmoid"},
                                 Pair{"leakyrelu", "leaky_relu"},
                                 Pair{"quickgelu", "quick_gelu"},
                                 Pair{"sine", "sin"},
                                 Pair{"identity", "linear"},
                                 Pair{"gated_gelu", "gelu_tanh"}};

/// What transformers fixes in code, without a setting.
constexpr std::array fixed = {Pair{"bloom", "gelu_tanh"},    Pair{"mpt", "gelu"},          Pair{"mamba", "silu"},
                              Pair{"mamba2", "silu"},        Pair{"rwkv", "relu_squared"}, Pair{"resnet", "relu"},
                              Pair{"regnet", "relu"},        Pair{"falcon", "gelu"},       Pair{"mobilenet_v1", "relu6"},
                              Pair{"mobilenet_v2", "relu6"}, Pair{"efficientnet", "silu"}, Pair{"xlm", "gelu"}};

}  // namespace

std::string known_activation(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
  for (const Pair& pair : synonyms)
    if (text == pair.from) return std::string(pair.to);
  return is_known_activation(text) ? text : "";
}

HiddenActivation activation_of(const Reading& reading, const Path& path, bool gated, bool transformer, const std::string& option) {
  const Settings& s = reading.settings;
  for (const char* const key :
       {"hidden_act", "hidden_activation", "activation_function", "dense_act_fn", "afn", "activation", "act_fn", "mlp_hidden_act",
        "ffn_act_fn.name", "feed_forward_proj", "mlp_activation", "act_fn_type", "hidden_activation_fn", "activation_fn", "conv_act"}) {
    const auto text = s.text(path, {key});
    if (!text) continue;
    std::string name = *text;
    if (name.starts_with("gated-")) name = name == "gated-gelu" ? "gelu_new" : name.substr(6);
    if (const std::string known = known_activation(name); !known.empty()) return {known, false, s.origin() + ": " + key + " is " + *text};
  }
  const std::string family = s.family(path);
  for (const Pair& pair : fixed)
    if (family == pair.from) return {std::string(pair.to), false, s.origin() + " says " + family + ", which has " + std::string(pair.to)};
  if (!option.empty()) return {known_activation(option), false, "--activation " + option};
  const std::string guess = gated ? "silu" : transformer ? "gelu" : "relu";
  return {guess, true, "activation *assumed* to be " + guess + ": a file of weights does not hold it (--activation NAME tells)"};
}

}  // namespace evenkeel::names
