// SPDX-License-Identifier: Apache-2.0
#include "graph/shapes/stored.hpp"

#include <cmath>
#include <cstring>

#include "evenkeel/base/error.hpp"

namespace evenkeel::shapes {
namespace {

std::optional<Content> wide_integers(const WeightSource& weights, TensorId tensor, std::size_t count) {
  const TensorBytes stored = weights.read(tensor);
  if (stored.bytes.size() < count * sizeof(std::int64_t)) return std::nullopt;
  Content content(count);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(&content[i].integer, stored.bytes.data() + i * sizeof(std::int64_t), sizeof(std::int64_t));
  return content;
}

std::optional<Content> content_of(const Graph& graph, const WeightSource& weights, TensorId tensor, std::size_t count) {
  const DType dtype = graph.tensors[static_cast<std::size_t>(tensor)].dtype;
  // Numbers beyond 2^53, which exporters write for "to the end", do not pass through a double unharmed.
  if (dtype == DType::i64 && !weights.find_fill(tensor)) return wide_integers(weights, tensor, count);
  if (dtype == DType::u64) return std::nullopt;
  Content content;
  content.reserve(count);
  for (const double value : numbers_of(weights, graph, tensor, static_cast<std::int64_t>(count))) {
    if (!is_floating(dtype)) {
      content.push_back(number(static_cast<std::int64_t>(value)));
    } else {
      content.push_back(std::isfinite(value) ? real_number(value) : unknown());
    }
  }
  return content;
}

}  // namespace

std::vector<Facts> facts_of_tensors(const Graph& graph, const WeightSource& weights) {
  std::vector<Facts> facts(graph.tensors.size());
  std::size_t room = max_content_in_all;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const StoredTensor& tensor = graph.tensors[i];
    const auto id = static_cast<TensorId>(i);
    facts[i].dtype = tensor.dtype;
    facts[i].dims = dims_of(tensor.shape);
    const bool real = tensor.dtype == DType::f32 || tensor.dtype == DType::f64;
    if (!real && !is_integral(tensor.dtype)) continue;
    const auto count = known_count(facts[i].dims, real ? max_real_content : max_content);
    if (!count || !all_known(*facts[i].dims)) continue;
    // Fills and aliases take no bytes of the file that would bound them.
    const bool repeated = tensor.storage == Storage::alias || tensor.storage == Storage::constant_of_shape;
    if (repeated && !take_room(room, static_cast<std::size_t>(*count))) continue;
    try {
      if (*count == 0) {
        facts[i].content = Content{};
      } else if (weights.has_values(id)) {
        facts[i].content = content_of(graph, weights, id, static_cast<std::size_t>(*count));
      }
    } catch (const Error&) {
      facts[i].content.reset();  // a tensor whose bytes are missing has no known content; whoever needs the bytes reports it
    }
  }
  return facts;
}

}  // namespace evenkeel::shapes
