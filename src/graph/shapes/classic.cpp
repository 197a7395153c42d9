// SPDX-License-Identifier: Apache-2.0
// Classical learners (ai.onnx.ml) and the optimizers of ai.onnx.preview.training.
#include <algorithm>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void real_like_first(Context& c) { c.set(0, DType::f32, c.dims(0)); }
void like_first(Context& c) { c.copy(0, 0); }
void shape_like_first(Context& c) { c.set(0, DType::other, c.dims(0)); }

void array_feature_extractor(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->empty()) return;
  Dims dims = *c.dims(0);
  const Element picked = c.dims(1) ? product(c.symbols, *c.dims(1)) : c.unknown_dim();
  if (dims.size() == 1) {
    dims = {number(1), picked};
  } else {
    dims.back() = picked;
  }
  c.set(0, c.in(0).dtype, std::move(dims));
}

Element rows(Context& c) { return c.rank(0) == 1 ? number(1) : c.dim(0, 0); }

void regressor(Context& c) {
  const bool by_target = c.has_attribute("targets") || c.has_attribute("n_targets");
  const std::int64_t targets = integer_of(c.node, "targets", integer_of(c.node, "n_targets", 1));
  c.set(0, DType::f32, Dims{rows(c), by_target || c.node.op == "LinearRegressor" ? number(targets) : c.unknown_dim()});
}

void classifier(Context& c) {
  c.set(0, DType::other, Dims{rows(c)});
  c.set(1, DType::f32, Dims{rows(c), c.unknown_dim()});
}

void tree_ensemble(Context& c) { c.set(0, c.in(0).dtype, Dims{c.dim(0, 0), number(integer_of(c.node, "n_targets", -1))}); }

void one_hot_encoder(Context& c) {
  c.set(0, DType::f32, std::nullopt);
  if (!c.dims(0)) return;
  Dims dims = *c.dims(0);
  const auto integers = integers_of(c.node, "cats_int64s");
  dims.push_back(integers.empty() ? c.unknown_dim() : number(static_cast<std::int64_t>(integers.size())));
  c.set(0, DType::f32, std::move(dims));
}

// Inputs are R, T, then groups of tensors (X, G, state...); the outputs are X and the states.
void optimizer(Context& c) {
  const std::size_t groups = c.node.op == "Adam" ? 4 : 3;
  if (c.input_count() < 2 + groups) return;
  const std::size_t count = (c.input_count() - 2) / groups;
  for (std::size_t i = 0; i < c.output_count(); ++i) {
    const std::size_t group = i / count == 0 ? 0 : i / count + 1;
    c.copy(i, 2 + group * count + i % count);
  }
}

constexpr std::string_view learners = "ai.onnx.ml";
constexpr std::string_view training = "ai.onnx.preview.training";

constexpr Rule rules[] = {
    {"Scaler", real_like_first, learners},
    {"Normalizer", real_like_first, learners},
    {"Binarizer", like_first, learners},
    {"Imputer", like_first, learners},
    {"LabelEncoder", shape_like_first, learners},
    {"CategoryMapper", shape_like_first, learners},
    {"ArrayFeatureExtractor", array_feature_extractor, learners},
    {"LinearRegressor", regressor, learners},
    {"SVMRegressor", regressor, learners},
    {"TreeEnsembleRegressor", regressor, learners},
    {"LinearClassifier", classifier, learners},
    {"SVMClassifier", classifier, learners},
    {"TreeEnsembleClassifier", classifier, learners},
    {"TreeEnsemble", tree_ensemble, learners},
    {"OneHotEncoder", one_hot_encoder, learners},
    {"Adam", optimizer, training},
    {"Adagrad", optimizer, training},
    {"Momentum", optimizer, training},
};

}  // namespace

std::span<const Rule> classic_rules() { return rules; }

}  // namespace evenkeel::shapes
