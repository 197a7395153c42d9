// SPDX-License-Identifier: Apache-2.0
// What a stored tensor is in its model: geometry, the activations around it, its residual branch, its copies; with the nodes that are the
// evidence.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/base/geometry.hpp"
#include "evenkeel/base/tensor_view.hpp"
#include "evenkeel/graph/graph.hpp"

namespace evenkeel {

/// A nonlinearity met on the way. name: "none", "relu", "gelu", ..., "gates" (recurrent), "softmax", "mixed" (paths differ), "unknown".
struct Nonlinearity {
  std::string name = "none";
  std::map<std::string, double> parameters;  // negative_slope, alpha, omega, ...
  std::string node;                          // its node, as evidence; "" where there is none
};

enum class BranchPosition : std::uint8_t { first, inner, last, only, shortcut, scale, pre_norm, inner_norm, last_norm };
enum class BranchNorm : std::uint8_t { none, pre, inner, end, pre_and_end, post };
[[nodiscard]] std::string_view to_string(BranchPosition position) noexcept;
[[nodiscard]] std::string_view to_string(BranchNorm norm) noexcept;

/// The residual branch that a layer or norm belongs to. Branches that continue one another form a stream (encoder and decoder are two).
struct Branch {
  int stream = 0;
  int index = 0;   // of the branch in its stream
  int count = 1;   // branches in the stream
  int layers = 1;  // layers with weights in the branch
  BranchPosition position = BranchPosition::only;
  BranchNorm norm = BranchNorm::none;
  std::string kind = "identity";  // identity, projection, gated
  std::string add;                // the adding node
};

struct Parameter {
  TensorId tensor = absent;
  Geometry geometry;
  std::string consumer;      // name of the consuming node (its output's name where it has none)
  std::string scope;         // exporter's module path, or ""
  std::string node_op;       // "Conv", "MatMul", ...
  Nonlinearity fed_by;       // whose output the weight reads
  Nonlinearity followed_by;  // met before the next layer or residual add
  std::string
      norm_before;  // "batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm" directly before (no layer between), or ""
  std::string norm_after;    // likewise after, before any activation
  std::string norm;          // for norm_scale, norm_shift, running_*: kind of the norm
  std::string attention;     // "q", "k", "v", "out", "qkv" or ""
  std::string glu;           // "gate" (through the activation), "value", "" ; "gate_up" where packed
  bool first_layer = false;  // reads the model's input without another layer before
  bool last_layer = false;   // its output reaches the model's output without another layer
  bool recurrent = false;    // hidden-to-hidden
  bool has_bias = false;     // a learned bias is added to its output
  bool transformer = false;  // the stream of its residual branch, or the model, has attention
  int depth = 0;             // layers on the longest path from the input, this one included
  std::string cell;          // lstm, gru, rnn or ""
  std::string adapter;       // of a low-rank update: "zero" half, "random" half ("random_table": of a table), "magnitude"; else ""
  std::string certainty;     // where there is no graph, how sure the role is: "certain", "likely", "*assumed*"; else ""
  std::optional<Branch> branch;
  TensorId bias_of = absent;          // for a bias: its weight
  TensorId owner = absent;            // tied copy: the tensor whose stream it takes
  View view;                          // and how it maps onto it
  std::vector<TensorId> copies;       // for an owner: its tied copies
  std::string tie;                    // why two tensors are taken for one, or ""
  std::vector<std::string> uses;      // several uses of one tensor, "embedding", "dense head", ...
  std::vector<std::string> merged;    // names that an exporter merged into this tensor and that stay merged
  bool weight_norm = false;           // only its direction counts: the layer divides it by its own norm, so zeros would give 0/0
  bool zero_centred = false;          // a norm that multiplies by (1 + scale)
  bool assumed = false;               // some of this rests on a guess, which `evidence` names
  bool folded_norm = false;           // a convolution whose bias suggests that a BatchNormalization was folded into it
  std::vector<std::string> evidence;  // short phrases in words a person understands, naming nodes
};

/// What the model as a whole is, for rules that ask.
struct ModelTraits {
  bool has_attention = false;
  bool has_norm = false;
  bool has_recurrence = false;
  bool has_convolution = false;
  int depth = 0;     // layers on the longest path
  int branches = 0;  // residual branches of the longest stream
  bool quantized = false;
  bool folded_norms = false;  // convolutions with biases, no norm anywhere, and names or structure that say one was folded in
};

struct Analysis {
  std::vector<Parameter> parameters;  // one per float tensor that is a weight, and one with role constant/quantized for every other float
                                      // tensor of rank >= 1, in file order
  ModelTraits traits;
};

}  // namespace evenkeel
