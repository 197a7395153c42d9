// SPDX-License-Identifier: Apache-2.0
// Fourier transforms, mel weights and text vectors.
#include <algorithm>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

std::optional<Element> single(Context& c, std::size_t slot) {
  const auto list = c.list(slot);
  if (!list || list->size() != 1 || list->front().symbol < 0) return std::nullopt;
  return list->front();
}

Element half_spectrum(Context& c, const Element& length) { return c.symbols.add(c.symbols.floor_divide(length, number(2)), number(1)); }

void dft(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->empty()) return;
  c.set_unknown_dims(0, c.in(0).dtype, *c.rank(0));
  const auto stated = c.has(2) ? c.integer(2) : std::optional(integer_of(c.node, "axis", c.node.opset < 20 ? 1 : -2));
  const auto axis = stated ? normal_axis(*stated, *c.rank(0)) : std::nullopt;
  if (!axis) return;
  const bool one_sided = integer_of(c.node, "onesided", 0) != 0;
  const bool inverse = integer_of(c.node, "inverse", 0) != 0;
  Dims dims = *c.dims(0);
  dims.back() = one_sided && inverse ? number(1) : number(2);
  if (c.has(1)) dims[*axis] = single(c, 1).value_or(c.unknown_dim());
  if (one_sided && inverse && !c.has(1)) dims[*axis] = c.unknown_dim();
  if (one_sided && !inverse) dims[*axis] = half_spectrum(c, dims[*axis]);
  c.set(0, c.in(0).dtype, std::move(dims));
}

void stft(Context& c) {
  c.set_unknown_dims(0, c.in(0).dtype, 4);
  Dims& dims = *c.out(0).dims;
  dims[0] = c.dim(0, 0);
  dims[3] = number(2);
  const auto length = c.has(3) ? single(c, 3) : c.has(2) ? std::optional(c.dim(2, 0)) : std::nullopt;
  if (!length) return;
  dims[2] = integer_of(c.node, "onesided", 1) != 0 ? half_spectrum(c, *length) : *length;
  if (const auto step = single(c, 1))
    dims[1] = c.symbols.add(c.symbols.floor_divide(c.symbols.subtract(c.dim(0, 1), *length), *step), number(1));
}

void mel_weights(Context& c) {
  const auto length = single(c, 1);
  c.set(0, dtype_of_onnx(integer_of(c.node, "output_datatype", 1)),
        Dims{length ? half_spectrum(c, *length) : c.unknown_dim(), single(c, 0).value_or(c.unknown_dim())});
}

void tf_idf(Context& c) {
  c.set(0, DType::f32, std::nullopt);
  const auto indexes = integers_of(c.node, "ngram_indexes");
  if (!c.dims(0) || c.dims(0)->empty() || indexes.empty()) return;
  Dims dims = *c.dims(0);
  dims.back() = c.symbols.add(number(*std::max_element(indexes.begin(), indexes.end())), number(1));
  c.set(0, DType::f32, std::move(dims));
}

void string_normalizer(Context& c) {
  c.set(0, DType::other, std::nullopt);
  if (c.rank(0) == 1) c.set_unknown_dims(0, DType::other, 1);
  if (c.rank(0) == 2) c.set(0, DType::other, Dims{c.dim(0, 0), c.unknown_dim()});
}

constexpr Rule rules[] = {
    {"DFT", dft}, {"STFT", stft}, {"MelWeightMatrix", mel_weights}, {"TfIdfVectorizer", tf_idf}, {"StringNormalizer", string_normalizer},
};

}  // namespace

std::span<const Rule> signal_rules() { return rules; }

}  // namespace evenkeel::shapes
