// SPDX-License-Identifier: Apache-2.0
// Sequences, optionals, and the pseudo operators that control flow became. The facts of a sequence are those that all its elements share.
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

// One element of several: dimensions that vary from element to element get new symbols.
Facts element_of(Context& c, const Facts& sequence) {
  Facts element = sequence;
  element.content.reset();
  element.data_dependent = false;
  element.sequence = false;
  if (element.dims)
    for (Element& dim : *element.dims)
      if (c.symbols.is_varying(dim)) dim = c.unknown_dim();
  return element;
}

Facts join_inputs(Context& c) {
  if (c.input_count() == 0) return {};
  Facts facts = c.in(0);
  for (std::size_t slot = 1; slot < c.input_count(); ++slot) facts = join(c.symbols, facts, c.in(slot));
  return facts;
}

void put_sequence(Context& c, std::size_t slot, Facts facts) {
  facts.content.reset();
  facts.data_dependent = false;
  facts.sequence = true;
  c.out(slot) = std::move(facts);
}

void sequence_construct(Context& c) { put_sequence(c, 0, join_inputs(c)); }

void sequence_empty(Context& c) {
  Facts facts;
  facts.dtype = dtype_of_onnx(integer_of(c.node, "dtype", 1));
  put_sequence(c, 0, std::move(facts));
}

void sequence_insert(Context& c) { put_sequence(c, 0, join(c.symbols, c.in(0), c.in(1))); }

void sequence_erase(Context& c) { put_sequence(c, 0, c.in(0)); }

void sequence_at(Context& c) { c.out(0) = element_of(c, c.in(0)); }

void sequence_length(Context& c) { c.set(0, DType::i64, Dims{}); }

void split_to_sequence(Context& c) {
  Facts facts;
  facts.dtype = c.in(0).dtype;
  facts.dims = c.dims(0);
  const auto axis = facts.dims ? normal_axis(integer_of(c.node, "axis", 0), *c.rank(0)) : std::nullopt;
  if (!axis) {
    facts.dims.reset();
    return put_sequence(c, 0, std::move(facts));
  }
  Element& dim = (*facts.dims)[*axis];
  const Element whole = dim;
  dim = c.symbols.varying();
  if (!c.has(1)) {
    dim = number(1);
    if (integer_of(c.node, "keepdims", 1) == 0) facts.dims->erase(facts.dims->begin() + static_cast<std::ptrdiff_t>(*axis));
  } else if (const auto sizes = c.integers(1); sizes && !sizes->empty()) {
    bool equal = true;
    for (const std::int64_t size : *sizes) equal = equal && size == sizes->front();
    if (c.rank(1) == 0) equal = whole.known() && sizes->front() > 0 && whole.integer % sizes->front() == 0;
    if (equal) dim = number(sizes->front());
  }
  put_sequence(c, 0, std::move(facts));
}

void concat_from_sequence(Context& c) {
  const Facts element = element_of(c, c.in(0));
  c.set(0, element.dtype, std::nullopt);
  if (!element.dims) return;
  Dims dims = *element.dims;
  const bool stacked = integer_of(c.node, "new_axis", 0) != 0;
  const auto axis = normal_axis(integer_of(c.node, "axis", 0), static_cast<std::int64_t>(dims.size()) + (stacked ? 1 : 0));
  if (!axis) return;
  if (stacked) {
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(*axis), c.unknown_dim());
  } else {
    dims[*axis] = c.unknown_dim();
  }
  c.set(0, element.dtype, std::move(dims));
}

void optional(Context& c) {
  c.out(0) = c.in(0);
  c.out(0).data_dependent = false;
}

void optional_has_element(Context& c) { c.set(0, DType::boolean, Dims{}); }

void merge(Context& c) {
  c.out(0) = join_inputs(c);
  c.out(0).data_dependent = false;
}

// Scan of opset 8 has a batch axis that its body does not see.
bool has_batched_scan(const Context& c) { return c.model_opset == 8; }

void scan_element(Context& c) {
  const Facts& all = c.in(0);
  if (all.sequence) return sequence_at(c);
  c.set(0, all.dtype, std::nullopt);
  if (!all.dims || all.dims->empty() || has_batched_scan(c)) return;
  if (!c.has_attribute("axis")) return c.set_unknown_dims(0, all.dtype, *c.rank(0) - 1);
  const auto axis = normal_axis(integer_of(c.node, "axis", 0), *c.rank(0));
  if (!axis) return;
  Dims dims = *all.dims;
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
  c.set(0, all.dtype, std::move(dims));
}

void scan_stack(Context& c) {
  const Facts element = c.in(0);
  c.set(0, element.dtype, std::nullopt);
  if (!element.dims || has_batched_scan(c)) return;
  const auto rank = static_cast<std::int64_t>(element.dims->size()) + 1;
  if (!c.has_attribute("axis")) return c.set_unknown_dims(0, element.dtype, rank);
  const auto axis = normal_axis(integer_of(c.node, "axis", 0), rank);
  if (!axis) return;
  Dims dims = *element.dims;
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(*axis), c.unknown_dim());
  c.set(0, element.dtype, std::move(dims));
}

constexpr std::string_view pseudo = "evenkeel";

constexpr Rule rules[] = {
    {"SequenceConstruct", sequence_construct},
    {"SequenceEmpty", sequence_empty},
    {"SequenceInsert", sequence_insert},
    {"SequenceErase", sequence_erase},
    {"SequenceAt", sequence_at},
    {"SequenceLength", sequence_length},
    {"SplitToSequence", split_to_sequence},
    {"ConcatFromSequence", concat_from_sequence},
    {"Optional", optional},
    {"OptionalGetElement", optional},
    {"OptionalHasElement", optional_has_element},
    {"Merge", merge, pseudo},
    {"ScanElement", scan_element, pseudo},
    {"ScanStack", scan_stack, pseudo},
};

}  // namespace

std::span<const Rule> sequence_rules() { return rules; }

}  // namespace evenkeel::shapes
