// SPDX-License-Identifier: Apache-2.0
// From the operators' definitions: the least over all versions of the standard set.
#include "io/onnx/arity.hpp"

#include <string>

namespace evenkeel::onnx {
namespace {

struct Row {
  std::size_t inputs;
  bool one_output;
  std::string_view ops;  // each between spaces
};

constexpr Row rows[] = {
    {1, false, " Dropout DynamicQuantizeLinear MaxPool Split StringSplit TopK Unique "},
    {1, true,
     " Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Bernoulli BitCast BitwiseNot BlackmanWindow Cast Ceil "
     "Celu Clip Concat ConcatFromSequence ConstantOfShape Cos Cosh DFT DepthToSpace Det Einsum Elu Erf Exp EyeLike Flatten "
     "Floor Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity "
     "ImageDecoder IsInf IsNaN LRN LeakyRelu Log LogSoftmax LpNormalization LpPool Max Mean MeanVarianceNormalization Min Mish "
     "Multinomial Neg NonZero Not OptionalGetElement Pad RandomNormalLike RandomUniformLike Reciprocal ReduceL1 ReduceL2 "
     "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu "
     "Reshape Resize Round Selu SequenceConstruct SequenceErase SequenceLength Shape Shrink Sigmoid Sign Sin Sinh Size Slice "
     "Softmax Softplus Softsign SpaceToDepth SplitToSequence Sqrt Squeeze StringNormalizer Sum Swish Tan Tanh TfIdfVectorizer "
     "ThresholdedRelu Transpose Trilu Unsqueeze Upsample "},
    {2, false, " CausalConvWithState LayerNormalization SoftmaxCrossEntropyLoss "},
    {2, true,
     " Add AffineGrid And BitShift BitwiseAnd BitwiseOr BitwiseXor CastLike CenterCropPad Compress Conv ConvInteger "
     "ConvTranspose CumProd CumSum DequantizeLinear Div Equal Expand Gather GatherElements GatherND Gemm Greater "
     "GreaterOrEqual GridSample Less LessOrEqual MatMul MatMulInteger MaxRoiPool MaxUnpool Mod Mul NegativeLogLikelihoodLoss "
     "NonMaxSuppression Or PRelu Pow QuantizeLinear RMSNormalization ReverseSequence STFT SequenceAt SequenceInsert "
     "StringConcat Sub SwiGLU TensorScatter Tile Xor "},
    {3, false, " Attention GRU LSTM LinearAttention RNN "},
    {3, true,
     " Col2Im DeformConv GroupNormalization InstanceNormalization OneHot Range RoiAlign RotaryEmbedding Scatter ScatterElements "
     "ScatterND Where "},
    {5, false, " BatchNormalization "},
    {5, true, " MelWeightMatrix "},
    {8, true, " QLinearConv QLinearMatMul "},
};

}  // namespace

Arity arity_of(std::string_view op) {
  const std::string word = " " + std::string(op) + " ";
  for (const Row& row : rows) {
    if (row.ops.find(word) != std::string_view::npos) return {row.inputs, row.one_output};
  }
  return {};
}

}  // namespace evenkeel::onnx
