// SPDX-License-Identifier: Apache-2.0
// Comparison reads a few elements first, so that a large model is not read whole to find that nothing is tied.
#include "graph/roles/ties.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>

namespace evenkeel::roles {
namespace {

bool same_bytes(const std::byte* a, const std::byte* b, std::size_t size) { return std::memcmp(a, b, size) == 0; }

/// Two tensors of one size, part by part where the file allows that: tables of gigabytes need not be in memory together.
bool same_bytes(const WeightSource& weights, TensorId a, TensorId b, std::uint64_t size) {
  constexpr std::uint64_t part = std::uint64_t{1} << 22U;
  const std::uint64_t step = weights.has_parts(a) && weights.has_parts(b) ? part : std::max<std::uint64_t>(size, 1);
  for (std::uint64_t begin = 0; begin < size; begin += step) {
    const std::uint64_t length = std::min(step, size - begin);
    if (!same_bytes(weights.read_part(a, begin, length).bytes.data(), weights.read_part(b, begin, length).bytes.data(), length))
      return false;
  }
  return true;
}

class Comparer {
 public:
  Comparer(const Graph& graph, const WeightSource& weights) : graph_(graph), weights_(weights) {}

  /// All elements equal; such tensors tell nothing about ties.
  bool is_constant(TensorId tensor) {
    if (const auto found = constant_.find(tensor); found != constant_.end()) return found->second;
    bool result = weights_.find_fill(tensor).has_value() || !weights_.has_values(tensor);
    if (!result) {
      const auto data = weights_.read(tensor);
      const std::size_t size = size_of(graph_.tensors[tensor].dtype);
      result = size > 0 && !data.bytes.empty();
      for (std::size_t at = size; result && at + size <= data.bytes.size(); at += size)
        result = same_bytes(data.bytes.data(), data.bytes.data() + at, size);
    }
    return constant_[tensor] = result;
  }

  /// Whether b holds a's elements, in the same order or transposed.
  std::optional<bool> matches(TensorId a, TensorId b) {  // true: transposed
    const auto& ta = graph_.tensors[a];
    const auto& tb = graph_.tensors[b];
    if (ta.dtype != tb.dtype || size_of(ta.dtype) == 0 || ta.shape.size() != 2 || tb.shape.size() != 2) return std::nullopt;
    const bool straight = ta.shape == tb.shape;
    const bool crossed = ta.shape[0] == tb.shape[1] && ta.shape[1] == tb.shape[0];
    if ((!straight && !crossed) || is_constant(a) || is_constant(b)) return std::nullopt;
    const auto da = weights_.read(a), db = weights_.read(b);
    const std::size_t size = size_of(ta.dtype);
    if (straight && same_bytes(da.bytes.data(), db.bytes.data(), std::min<std::size_t>(da.bytes.size(), 64)) &&
        same_bytes(weights_, a, b, da.bytes.size()))
      return false;
    if (!crossed) return std::nullopt;
    const auto rows = ta.shape[0], columns = ta.shape[1];
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        if (!same_bytes(da.bytes.data() + static_cast<std::size_t>(i * columns + j) * size,
                        db.bytes.data() + static_cast<std::size_t>(j * rows + i) * size, size))
          return std::nullopt;
    return true;
  }

 private:
  const Graph& graph_;
  const WeightSource& weights_;
  std::map<TensorId, bool> constant_;
};

bool may_be_tied(Role role) { return role == Role::embedding || role == Role::dense; }

void tie(const Graph& graph, Parameter& owner, Parameter& copy, bool transposed) {
  copy.owner = owner.tensor;
  owner.copies.push_back(copy.tensor);
  copy.tie = "holds the values of " + graph.tensors[owner.tensor].name + (transposed ? ", transposed" : "");
  if (transposed)
    copy.view = {.global = graph.tensors[owner.tensor].shape, .strides = {1, graph.tensors[owner.tensor].shape[1]}, .offset = 0};
}

void tie_aliases(const Graph& graph, Comparer& comparer, std::vector<Parameter>& parameters, const std::map<TensorId, std::size_t>& index) {
  for (Parameter& p : parameters) {
    const StoredTensor& tensor = graph.tensors[p.tensor];
    if (tensor.storage == Storage::split && index.contains(tensor.alias_of)) {
      p.evidence.push_back("an exporter merged it with " + graph.tensors[tensor.alias_of].name +
                           ", of the same constant; it gets a tensor of its own");
    }
    if (tensor.storage != Storage::alias || !index.contains(tensor.alias_of)) continue;
    Parameter& source = parameters[index.at(tensor.alias_of)];
    const bool parameter = p.geometry.role != Role::constant && p.geometry.role != Role::quantized;
    if (parameter && comparer.is_constant(tensor.alias_of)) {
      p.evidence.push_back("an exporter merged it with " + graph.tensors[tensor.alias_of].name +
                           " because both were constant; it gets values of its own");
      continue;
    }
    p.owner = tensor.alias_of;
    p.tie = "the exporter stores it as a copy of " + graph.tensors[tensor.alias_of].name +
            "; equal layers and a shared layer look the same in the file, so the sharing is kept";
    source.copies.push_back(p.tensor);
    source.merged.push_back(tensor.name);
  }
}

}  // namespace

void find_ties(const Graph& graph, const WeightSource& weights, std::vector<Parameter>& parameters) {
  Comparer comparer(graph, weights);
  std::map<TensorId, std::size_t> index;
  for (std::size_t i = 0; i < parameters.size(); ++i) index[parameters[i].tensor] = i;
  tie_aliases(graph, comparer, parameters, index);
  for (Parameter& owner : parameters) {
    if (owner.geometry.role != Role::embedding || owner.owner != absent) continue;
    for (Parameter& copy : parameters) {
      if (&copy == &owner || copy.owner != absent || !copy.copies.empty() || !may_be_tied(copy.geometry.role)) continue;
      if (const auto transposed = comparer.matches(owner.tensor, copy.tensor)) tie(graph, owner, copy, *transposed);
    }
  }
}

}  // namespace evenkeel::roles
