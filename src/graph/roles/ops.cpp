// SPDX-License-Identifier: Apache-2.0
// The sets of operator names; domains are checked only where a name means something else in another one.
#include "graph/roles/ops.hpp"

#include <algorithm>
#include <array>

namespace evenkeel::roles {
namespace {

template <std::size_t N>
bool in(const std::array<std::string_view, N>& set, std::string_view op) {
  return std::find(set.begin(), set.end(), op) != set.end();
}

constexpr std::array<std::string_view, 27> views{
    "Identity",    "Cast",      "CastLike",   "Dropout",         "Reshape",      "Transpose",    "Squeeze",        "Unsqueeze",
    "Flatten",     "Slice",     "Split",      "Expand",          "Tile",         "Gather",       "GatherElements", "Carry",
    "ScanElement", "ScanStack", "SequenceAt", "SplitToSequence", "DepthToSpace", "SpaceToDepth", "QuantizeLinear", "DynamicQuantizeLinear",
    "GatherND",    "Trilu",     "BitCast"};
constexpr std::array<std::string_view, 9> same_axes{
    "Identity", "Cast", "CastLike", "Dropout", "Carry", "QuantizeLinear", "DynamicQuantizeLinear", "Trilu", "BitCast"};
constexpr std::array<std::string_view, 45> elementwise{"Add",
                                                       "Sub",
                                                       "Mul",
                                                       "Div",
                                                       "Pow",
                                                       "Sqrt",
                                                       "Reciprocal",
                                                       "Neg",
                                                       "Abs",
                                                       "Exp",
                                                       "Log",
                                                       "Erf",
                                                       "Tanh",
                                                       "Sigmoid",
                                                       "Relu",
                                                       "LeakyRelu",
                                                       "Elu",
                                                       "Celu",
                                                       "Selu",
                                                       "Gelu",
                                                       "FastGelu",
                                                       "QuickGelu",
                                                       "Softplus",
                                                       "Softsign",
                                                       "HardSigmoid",
                                                       "HardSwish",
                                                       "Mish",
                                                       "Swish",
                                                       "ThresholdedRelu",
                                                       "Shrink",
                                                       "Clip",
                                                       "Min",
                                                       "Max",
                                                       "Sin",
                                                       "Cos",
                                                       "Tan",
                                                       "Atan",
                                                       "Sinh",
                                                       "Cosh",
                                                       "Asin",
                                                       "Floor",
                                                       "Ceil",
                                                       "Round",
                                                       "Sign",
                                                       "Sum"};
constexpr std::array<std::string_view, 10> reductions{"ReduceMean", "ReduceSum", "ReduceL2",   "ReduceL1",        "ReduceSumSquare",
                                                      "ReduceMax",  "ReduceMin", "ReduceProd", "ReduceLogSumExp", "ReduceLogSum"};
constexpr std::array<std::string_view, 3> gathers{"Gather", "GatherND", "GatherElements"};
constexpr std::array<std::string_view, 16> spatials{
    "MaxPool",  "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool",     "GlobalLpPool",  "Pad",    "Resize",
    "Upsample", "LRN",         "MaxRoiPool",        "RoiAlign",      "GridSample", "CenterCropPad", "Col2Im", "Crop"};
constexpr std::array<std::string_view, 5> convolutions{"Conv", "FusedConv", "NhwcConv", "NhwcFusedConv", "DeformConv"};
constexpr std::array<std::string_view, 3> recurrents{"LSTM", "GRU", "RNN"};
constexpr std::array<std::string_view, 8> attentions{"Attention",
                                                     "MultiHeadAttention",
                                                     "PackedAttention",
                                                     "PackedMultiHeadAttention",
                                                     "GroupQueryAttention",
                                                     "DecoderMaskedSelfAttention",
                                                     "DecoderMaskedMultiHeadAttention",
                                                     "SparseAttention"};
constexpr std::array<std::string_view, 14> quantized{"MatMulInteger",
                                                     "ConvInteger",
                                                     "QLinearConv",
                                                     "QLinearMatMul",
                                                     "DynamicQuantizeLSTM",
                                                     "DynamicQuantizeMatMul",
                                                     "MatMulIntegerToFloat",
                                                     "QAttention",
                                                     "QGemm",
                                                     "MatMulNBits",
                                                     "QMoE",
                                                     "QEmbedLayerNormalization",
                                                     "QLinearAdd",
                                                     "MatMulBnb4"};

}  // namespace

ValueId main_output(const Graph& graph, const Node& node) {
  ValueId first = absent;
  for (const ValueId v : node.outputs) {
    if (v == absent) continue;
    if (first == absent) first = v;
    if (!graph.values[v].uses.empty() || graph.values[v].graph_output) return v;
  }
  return first;
}

bool is_view(const Node& node) { return in(views, node.op); }
bool keeps_axes(const Node& node) { return in(same_axes, node.op); }
bool is_elementwise(const Node& node) { return in(elementwise, node.op); }
bool is_reduction(const Node& node) { return in(reductions, node.op); }
bool is_gather(const Node& node) { return in(gathers, node.op); }
bool is_spatial(const Node& node) { return in(spatials, node.op); }
bool is_convolution(const Node& node) { return in(convolutions, node.op); }
bool is_transposed_convolution(const Node& node) { return node.op == "ConvTranspose"; }
bool is_recurrent(const Node& node) { return in(recurrents, node.op); }
bool is_fused_attention(const Node& node) { return in(attentions, node.op); }
bool is_quantized_layer(const Node& node) { return in(quantized, node.op); }

std::string_view norm_kind(const Node& node) {
  const std::string_view op = node.op;
  if (op == "BatchNormalization" || op == "SpatialBN") return "batch_norm";
  if (op == "LayerNormalization" || op == "SkipLayerNormalization" || op == "EmbedLayerNormalization") return "layer_norm";
  if (op == "RMSNormalization" || op == "SimplifiedLayerNormalization" || op == "SkipSimplifiedLayerNormalization") return "rms_norm";
  if (op == "GroupNormalization" || op == "GroupNorm" || op == "SkipGroupNorm") return "group_norm";
  if (op == "InstanceNormalization") return "instance_norm";
  if (op == "LpNormalization" || op == "MeanVarianceNormalization") return "layer_norm";
  return "";
}

}  // namespace evenkeel::roles
