// SPDX-License-Identifier: Apache-2.0
// The catalogue. n is the fan that `mode` names; in, out are fan_in and fan_out. To add a scheme: a row here, its law in law.cpp
// (independent elements) or structured.cpp, and a line in tests/schemes.
#include "evenkeel/schemes/scheme.hpp"

namespace evenkeel {
namespace {

constexpr std::string_view modes = "fan_in|fan_out|fan_avg|fan_geo_avg";
constexpr std::string_view yes_no = "true|false";
constexpr std::string_view mode_help = "which fan n: fan_in, fan_out, their mean, or sqrt(in out)";
constexpr std::string_view truncated_help =
    "cut at two parent stds, the parent enlarged by 1/0.87962566103423975 so that the std is kept (Keras, Flax)";
constexpr std::string_view block_help = "section: one matrix per gate, projection and group; whole: one for all (PyTorch, Keras)";
constexpr std::string_view padding_help = "a row of the table that is set to 0";

const SchemeParameter gain{"gain", "1", "factor on every value"};
const SchemeParameter mode{"mode", "fan_in", mode_help, modes};
const SchemeParameter truncated{"truncated", "false", truncated_help, yes_no};
const SchemeParameter blocks{"blocks", "section", block_help, "section|whole"};
const SchemeParameter padding_row{"padding_row", "none", padding_help, "integer|none"};

std::vector<SchemeRow> constant_rows() {
  return {
      {"zeros",
       {"zero", "zero_gamma"},
       "W = 0",
       "",
       "biases, shifts, the last norm scale of a residual branch; never a weight that must break symmetry",
       {}},
      {"ones", {"one"}, "W = 1", "", "norm scales", {}},
      {"constant",
       {"fill"},
       "W = value",
       "",
       "a bias or scale with a reason; equal weights never become different",
       {{"value", "", "the value"}}},
      {"keep", {"stored"}, "W stays as stored", "", "tables, masks, quantized weights: nothing is written", {}},
  };
}

std::vector<SchemeRow> random_rows() {
  return {
      {"uniform",
       {"random_uniform"},
       "U[low, high)",
       "",
       "where a framework's default is a fixed range; for weights prefer a rule with fans",
       {{"low", "", "lower end, included"}, {"high", "", "upper end, excluded"}, padding_row}},
      {"log_uniform",
       {},
       "exp(U[ln low, ln high))",
       "",
       "scales whose order of magnitude is unknown, as the time steps of a state space layer (0.001 to 0.1); positive values only",
       {{"low", "", "lower end, above 0, included"}, {"high", "", "upper end, excluded"}}},
      {"normal",
       {"random_normal", "gaussian"},
       "N(mean, std^2)",
       "",
       "embeddings and transformers, where the std is part of the recipe",
       {{"std", "", "standard deviation"}, {"mean", "0", "mean"}, padding_row}},
      {"truncated_normal",
       {"trunc_normal", "random_truncated_normal"},
       "N(mean, std^2) cut at mean + low std, mean + high std (or at the values low, high)",
       "",
       "where no outlier is wanted; without corrected the std falls below the one asked for (x 0.8796 at 2 stds)",
       {{"std", "", "of the law before the cut; with corrected=true of the result"},
        {"mean", "0", "mean before the cut"},
        {"low", "-2", "lower bound"},
        {"high", "2", "upper bound"},
        {"absolute", "false", "true: low and high are values (PyTorch), not multiples of std (Keras, JAX)", yes_no},
        {"corrected", "false", "true: enlarge the parent so that the result has this std; bounds of 1, 2, 2.5, 3 or 4 stds", yes_no}}},
      {"sparse",
       {},
       "a fixed number of entries per unit is 0, the rest N(0, std^2)",
       "Martens 2010",
       "recurrent and very wide layers that should start with few connections; the original has 15 non-zeros and std 1. std = "
       "gain/sqrt(nonzeros) keeps the variance",
       {{"sparsity", "none", "fraction of zeros per unit, rounded up (PyTorch)", "number|none"},
        {"nonzeros", "none", "or: how many non-zeros per unit", "integer|none"},
        {"std", "0.01", "of the non-zeros"},
        {"per", "column", "unit: column = input unit (PyTorch), row = output unit", "column|row"},
        blocks}},
  };
}

std::vector<SchemeRow> variance_rows() {
  return {
      {"variance_scaling",
       {},
       "Var = gain^2 scale/n; uniform on +-sqrt(3 gain^2 scale/n)",
       "He 2015; Keras, JAX",
       "the general rule that the named ones are cases of",
       {{"scale", "1", "n times the variance"},
        mode,
        {"distribution", "normal", "truncated_normal is cut at two parent stds and corrected",
         "normal|uniform|truncated_normal|untruncated_normal"},
        gain},
       true},
      {"glorot_uniform",
       {"xavier_uniform"},
       "+-gain sqrt(6/(in+out)): Var = 2 gain^2/(in+out)",
       "Glorot & Bengio 2010",
       "linear and tanh layers of moderate depth; too small for ReLU",
       {gain},
       true},
      {"glorot_normal", {"xavier_normal"}, "Var = 2 gain^2/(in+out)", "Glorot & Bengio 2010", "as glorot_uniform", {gain, truncated}, true},
      {"he_uniform",
       {"kaiming_uniform"},
       "+-sqrt(6/((1+a^2) n)), a = negative_slope",
       "He 2015",
       "ReLU family; negative_slope=sqrt(5) is PyTorch's default for Linear, +-1/sqrt(in)",
       {{"negative_slope", "0", "slope of the activation below 0; PReLU 0.25"}, mode},
       true},
      {"he_normal",
       {"kaiming_normal", "msra", "he"},
       "Var = 2/((1+a^2) n), a = negative_slope",
       "He 2015",
       "ReLU family; mode=fan_out before a batch norm. Not for GELU or SiLU, whose gain is larger",
       {{"negative_slope", "0", "slope of the activation below 0; PReLU 0.25"}, mode, truncated},
       true},
      {"lecun_uniform",
       {},
       "+-gain sqrt(3/in)",
       "LeCun 1998",
       "linear layers, SELU; with the forward gain of an activation for any other",
       {gain},
       true},
      {"lecun_normal",
       {"lecun"},
       "Var = gain^2/in",
       "LeCun 1998",
       "linear layers, SELU, GLU value paths; with the forward gain of an activation for any other",
       {gain, truncated},
       true},
      {"kumar",
       {},
       "Var = 1/(in f'(0)^2 (1 + f(0)^2)); sigmoid 12.8/in",
       "Kumar 2017",
       "sigmoid, which is far from 0 at 0; activations smooth at 0",
       {{"activation", "sigmoid", "f", "sigmoid|tanh|linear|erf|gelu|gelu_tanh|silu|quick_gelu|mish|softplus|softsign|sin|atan"}},
       true},
      {"siren",
       {},
       "first layer U(+-1/in), others U(+-sqrt(6/in)/omega)",
       "Sitzmann 2020",
       "sin(omega z) activations only",
       {{"omega", "30", "frequency factor inside the sine"}, {"first", "false", "whether the layer reads the coordinates", yes_no}},
       true},
  };
}

std::vector<SchemeRow> transformer_rows() {
  return {
      {"residual_scaled_normal",
       {"scaled_init"},
       "N(0, (std/sqrt(branches))^2)",
       "Radford 2019 (GPT-2)",
       "the last weight of each residual branch; branches = residual adds of the whole stack, 2 per transformer block",
       {{"std", "0.02", "before the division"}, {"branches", "", "number of residual branches"}}},
      {"depth_index_normal",
       {},
       "N(0, (std/sqrt(2 (index+1)))^2)",
       "torchtitan, OLMo",
       "output projections of block `index`, counted from 0",
       {{"std", "0.02", "before the division"}, {"index", "", "block, from 0", "integer"}}},
      {"small_init",
       {},
       "Var = 2/(5 width)",
       "Nguyen & Salazar 2019",
       "transformer weights, by the model width, not by the fan",
       {{"width", "", "model width d"}}},
      {"wang_init",
       {},
       "std = 2/(layers sqrt(width))",
       "Wang 2021 (GPT-J, GPT-NeoX)",
       "residual outputs beside small_init",
       {{"width", "", "model width d"}, {"layers", "", "number of blocks"}}},
      {"lstm_forget_bias",
       {"forget_bias"},
       "value in the rows of gate f of the first bias, 0 elsewhere",
       "Jozefowicz 2015",
       "packed LSTM biases with sections; where two biases are added, the second stays 0",
       {{"value", "1", "bias of the forget gate"}, {"gate", "f", "name of the section", "word"}}},
  };
}

std::vector<SchemeRow> structured_rows() {
  return {
      {"orthogonal",
       {"block_orthogonal"},
       "gain Q, Q from the Haar law (rows or columns orthonormal, whichever are fewer)",
       "Saxe 2013; Mezzadri 2007",
       "deep tanh and linear nets, recurrent weights; ReLU nets with gain sqrt(2). Costs 4/3 n^3 flops and two copies of the tensor",
       {gain, blocks}},
      {"scaled_orthogonal",
       {"suo"},
       "gain max(sqrt(out/in), 1) Q, Q as for orthogonal; Var = gain^2/in; in counts the taps of a kernel",
       "Martens 2021",
       "as orthogonal, but the mean square of a layer's outputs is gain^2 times that of its inputs in layers that widen too",
       {gain, blocks}},
      {"special_orthogonal",
       {},
       "gain Q, Q a rotation: square, orthogonal, determinant +1, from the Haar law of SO(n)",
       "Mezzadri 2007",
       "square maps that must be joined to the identity by a path of orthogonal matrices; elsewhere orthogonal",
       {{"gain", "1", "factor on every value, above 0"}, blocks}},
      {"delta_orthogonal",
       {},
       "all taps 0 but the centre (k-1)//2, which is gain Q",
       "Xiao 2018",
       "very deep convolutional nets without norm; needs outputs >= inputs",
       {gain}},
      {"identity",
       {"eye"},
       "gain on the diagonal j = i + shift, 0 elsewhere",
       "",
       "recurrent weights of ReLU nets, adapters; 2-D only",
       {gain, {"shift", "0", "columns to the right", "integer"}, blocks}},
      {"dirac",
       {},
       "per group W[d, d, k//2] = gain, 0 elsewhere",
       "Zagoruyko & Komodakis 2017",
       "convolutions that should pass their input on",
       {gain}},
  };
}

}  // namespace

const std::vector<SchemeRow>& scheme_table() {
  static const std::vector<SchemeRow> rows = [] {
    std::vector<SchemeRow> all;
    for (const auto& part : {constant_rows(), random_rows(), variance_rows(), structured_rows(), transformer_rows()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return rows;
}

}  // namespace evenkeel
