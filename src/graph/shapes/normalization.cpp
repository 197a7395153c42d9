// SPDX-License-Identifier: Apache-2.0
// Normalizations, plain and fused with a residual add or with embeddings.
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void like_first(Context& c) { c.copy(0, 0); }

void batch_norm(Context& c) {
  c.copy(0, 0);
  c.copy(1, 3);
  c.copy(2, 4);
  c.copy(3, 3);
  c.copy(4, 4);
}

std::optional<Dims> statistics_dims(Context& c) {
  if (!c.dims(0)) return std::nullopt;
  const auto axis = normal_axis(integer_of(c.node, "axis", -1), *c.rank(0));
  if (!axis) return std::nullopt;
  Dims dims = *c.dims(0);
  for (std::size_t i = *axis; i < dims.size(); ++i) dims[i] = number(1);
  return dims;
}

void layer_norm(Context& c) {
  c.copy(0, 0);
  const DType dtype = dtype_of_onnx(integer_of(c.node, "stash_type", 1));
  c.set(1, dtype, statistics_dims(c));
  c.set(2, dtype, statistics_dims(c));
}

void skip_layer_norm(Context& c) {
  c.copy(0, 0);
  c.set(1, DType::f32, statistics_dims(c));
  c.set(2, DType::f32, statistics_dims(c));
  c.copy(3, 0);
}

void skip_group_norm(Context& c) {
  c.copy(0, 0);
  c.copy(1, 0);
}

void embed_layer_norm(Context& c) {
  const DType dtype = c.in(2).dtype;
  const Dims dims{c.dim(0, 0), c.dim(0, 1), c.dim(2, 1)};
  c.set(0, dtype, dims);
  c.set(1, DType::i32, Dims{c.dim(0, 0)});
  c.set(2, dtype, dims);
}

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"BatchNormalization", batch_norm},
    {"LayerNormalization", layer_norm},
    {"RMSNormalization", like_first},
    {"GroupNormalization", like_first},
    {"InstanceNormalization", like_first},
    {"LpNormalization", like_first},
    {"LRN", like_first},
    {"MeanVarianceNormalization", like_first},
    {"SimplifiedLayerNormalization", layer_norm},
    {"LayerNormalization", layer_norm, microsoft},
    {"SimplifiedLayerNormalization", layer_norm, microsoft},
    {"SkipLayerNormalization", skip_layer_norm, microsoft},
    {"SkipSimplifiedLayerNormalization", skip_layer_norm, microsoft},
    {"EmbedLayerNormalization", embed_layer_norm, microsoft},
    {"GroupNorm", like_first, microsoft},
    {"SkipGroupNorm", skip_group_norm, microsoft},
};

}  // namespace

std::span<const Rule> normalization_rules() { return rules; }

}  // namespace evenkeel::shapes
