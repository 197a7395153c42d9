// SPDX-License-Identifier: Apache-2.0
// Helpers that the rules of all families share.
#include "graph/shapes/context.hpp"

#include <algorithm>

namespace evenkeel::shapes {

const Facts& Context::in(std::size_t slot) const noexcept {
  if (!has(slot)) return nothing_;
  const auto id = static_cast<std::size_t>(node.inputs[slot]);
  return id < facts_.size() ? facts_[id] : nothing_;
}

std::optional<std::int64_t> Context::rank(std::size_t slot) const noexcept {
  if (!in(slot).dims) return std::nullopt;
  return static_cast<std::int64_t>(in(slot).dims->size());
}

Element Context::dim(std::size_t slot, std::int64_t axis) {
  const auto r = rank(slot);
  const auto at = r ? normal_axis(axis, *r) : std::nullopt;
  return at ? (*in(slot).dims)[*at] : unknown_dim();
}

std::optional<Content> Context::list(std::size_t slot) {
  const Facts& facts = in(slot);
  if (facts.content) return facts.content;
  if (!facts.dims || facts.dims->size() > 1) return std::nullopt;
  const auto length = known_count(facts.dims, max_rank);
  if (!length) return std::nullopt;
  Content content;
  for (std::int64_t i = 0; i < *length; ++i) content.push_back(symbols.integer());
  return content;
}

std::optional<std::vector<std::int64_t>> Context::integers(std::size_t slot) const {
  const Facts& facts = in(slot);
  if (!facts.content || !is_integral(facts.dtype) || !all_known(*facts.content)) return std::nullopt;
  std::vector<std::int64_t> values;
  values.reserve(facts.content->size());
  for (const Element& element : *facts.content) values.push_back(element.integer);
  return values;
}

std::optional<std::int64_t> Context::integer(std::size_t slot) const {
  const Facts& facts = in(slot);
  if (!facts.content || !is_integral(facts.dtype) || facts.content->size() != 1 || !facts.content->front().known()) return std::nullopt;
  return facts.content->front().integer;
}

std::optional<std::vector<double>> Context::reals(std::size_t slot) const {
  const Facts& facts = in(slot);
  if (!facts.content || !is_floating(facts.dtype) || !all_known(*facts.content)) return std::nullopt;
  std::vector<double> values;
  for (const Element& element : *facts.content) values.push_back(element.real);
  return values;
}

std::optional<std::vector<std::int64_t>> Context::attribute_or_input(const std::string& attribute, std::size_t slot) const {
  if (has_attribute(attribute)) return integers_of(node, attribute);
  if (!has(slot)) return std::vector<std::int64_t>{};
  return integers(slot);
}

const Facts* Context::tensor(const std::string& attribute) const {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return nullptr;
  const auto* reference = std::get_if<TensorAttribute>(&found->second);
  if (reference == nullptr || reference->tensor < 0 || static_cast<std::size_t>(reference->tensor) >= tensors_.size()) return nullptr;
  return &tensors_[static_cast<std::size_t>(reference->tensor)];
}

Facts& Context::out(std::size_t slot) noexcept {
  if (slot < outputs_.size()) return outputs_[slot];
  discarded_ = {};
  return discarded_;
}

void Context::set(std::size_t slot, DType dtype, std::optional<Dims> dims) noexcept {
  if (slot >= outputs_.size()) return;
  outputs_[slot].dtype = dtype;
  outputs_[slot].dims = std::move(dims);
}

void Context::set_unknown_dims(std::size_t slot, DType dtype, std::int64_t rank) {
  if (rank < 0 || rank > max_rank) return set(slot, dtype, std::nullopt);
  Dims dims;
  for (std::int64_t i = 0; i < rank; ++i) dims.push_back(symbols.dimension());
  set(slot, dtype, std::move(dims));
}

std::optional<std::size_t> normal_axis(std::int64_t axis, std::int64_t rank) noexcept {
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return std::nullopt;
  return static_cast<std::size_t>(axis);
}

std::optional<std::vector<std::size_t>> normal_axes(const std::vector<std::int64_t>& axes, std::int64_t rank) {
  std::vector<std::size_t> normal;
  for (const std::int64_t axis : axes) {
    const auto at = normal_axis(axis, rank);
    if (!at) return std::nullopt;
    normal.push_back(*at);
  }
  return normal;
}

Element broadcast_dim(Symbols& symbols, const Element& a, const Element& b, bool& possible) {
  if (same(a, b)) return a;
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  if (a.known() && b.known()) {
    possible = false;
    return a;
  }
  if (a.known()) return a;
  if (b.known()) return b;
  return symbols.dimension();
}

std::optional<Dims> broadcast(Symbols& symbols, const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  bool possible = true;
  for (std::size_t i = 0; i < shorter.size(); ++i) result[offset + i] = broadcast_dim(symbols, longer[offset + i], shorter[i], possible);
  if (!possible) return std::nullopt;
  return result;
}

std::optional<Dims> broadcast(Symbols& symbols, const std::optional<Dims>& a, const std::optional<Dims>& b) {
  if (!a || !b) return std::nullopt;
  return broadcast(symbols, *a, *b);
}

Element product(Symbols& symbols, std::span<const Element> dims) {
  Element result = number(1);
  for (const Element& dim : dims) result = symbols.multiply(result, dim);
  return result;
}

bool all_known(std::span<const Element> elements) noexcept {
  return std::all_of(elements.begin(), elements.end(), [](const Element& e) { return e.known(); });
}

std::optional<std::int64_t> known_count(const std::optional<Dims>& dims, std::int64_t limit) noexcept {
  if (!dims) return std::nullopt;
  std::int64_t count = 1;
  for (const Element& dim : *dims)
    if (dim.is(0)) return 0;
  for (const Element& dim : *dims) {
    if (!dim.known() || dim.integer < 0 || dim.integer > limit) return std::nullopt;
    count *= dim.integer;
    if (count > limit) return std::nullopt;
  }
  return count;
}

std::size_t broadcast_position(std::size_t at, const Dims& dims, const Dims& from) noexcept {
  std::size_t position = 0;
  std::size_t stride = 1;
  for (std::size_t back = 1; back <= dims.size() && back <= from.size(); ++back) {
    const auto size = static_cast<std::size_t>(dims[dims.size() - back].integer);
    const auto own = static_cast<std::size_t>(from[from.size() - back].integer);
    if (own != 1) position += (at % size) * stride;
    stride *= own;
    at /= size;
  }
  return position;
}

Dims dims_of(const std::vector<std::int64_t>& shape) {
  Dims dims;
  dims.reserve(shape.size());
  for (const std::int64_t size : shape) dims.push_back(size < 0 ? unknown() : number(size));
  return dims;
}

DType dtype_of_onnx(std::int64_t data_type) noexcept {
  switch (data_type) {  // TensorProto.DataType
    case 1:
      return DType::f32;
    case 2:
      return DType::u8;
    case 3:
      return DType::i8;
    case 4:
      return DType::u16;
    case 5:
      return DType::i16;
    case 6:
      return DType::i32;
    case 7:
      return DType::i64;
    case 9:
      return DType::boolean;
    case 10:
      return DType::f16;
    case 11:
      return DType::f64;
    case 12:
      return DType::u32;
    case 13:
      return DType::u64;
    case 16:
      return DType::bf16;
    case 17:
      return DType::f8e4m3;
    case 19:
      return DType::f8e5m2;
    default:
      return DType::other;
  }
}

bool is_integral(DType dtype) noexcept { return dtype != DType::other && !is_floating(dtype); }

Facts join(Symbols& symbols, const Facts& a, const Facts& b) {
  Facts result;
  result.data_dependent = a.data_dependent || b.data_dependent;
  result.sequence = a.sequence || b.sequence;
  if (a.dtype == b.dtype) result.dtype = a.dtype;
  if (!a.dims || !b.dims || a.dims->size() != b.dims->size()) return result;
  result.dims = a.dims;
  for (std::size_t i = 0; i < a.dims->size(); ++i)
    if (!same((*a.dims)[i], (*b.dims)[i])) (*result.dims)[i] = symbols.varying();
  if (!is_integral(result.dtype) || !a.content || !b.content || a.content->size() != b.content->size()) return result;
  result.content = a.content;
  for (std::size_t i = 0; i < a.content->size(); ++i)
    if (!same((*a.content)[i], (*b.content)[i])) (*result.content)[i] = symbols.integer();
  return result;
}

}  // namespace evenkeel::shapes
