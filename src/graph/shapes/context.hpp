// SPDX-License-Identifier: Apache-2.0
// What a rule of shape inference sees: one node, what is known of its inputs, and room for what it finds out about its outputs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "evenkeel/graph/graph.hpp"
#include "graph/shapes/symbols.hpp"

namespace evenkeel::shapes {

/// Contents of more elements are not followed.
inline constexpr std::int64_t max_content = 4096;
inline constexpr std::int64_t max_real_content = 256;
inline constexpr std::int64_t max_rank = 64;
/// Longer contents than the lists that shapes are made of are followed while there is room: a chain of operators repeats them.
inline constexpr std::size_t short_content = 32;
inline constexpr std::size_t max_content_in_all = std::size_t{1} << 20U;
[[nodiscard]] inline bool take_room(std::size_t& room, std::size_t size) noexcept {
  if (size <= short_content) return true;
  if (size > room) return false;
  room -= size;
  return true;
}

/// What is known of a value. For a sequence or an optional: of its elements.
struct Facts {
  DType dtype = DType::other;
  std::optional<Dims> dims;
  std::optional<Content> content;  // integers, booleans, or reals; of a sequence never
  bool data_dependent = false;
  bool sequence = false;
};

class Context {
 public:
  Context(const Node& op, const std::vector<Facts>& facts, const std::vector<Facts>& tensors, Symbols& numbers, std::vector<Facts>& outputs)
      : node(op), symbols(numbers), facts_(facts), tensors_(tensors), outputs_(outputs) {}

  const Node& node;
  Symbols& symbols;

  std::int64_t model_opset = 0;  // version of ai.onnx that the other nodes have, which pseudo operators lack; 0 = not known

  [[nodiscard]] std::size_t input_count() const noexcept { return node.inputs.size(); }
  [[nodiscard]] std::size_t output_count() const noexcept { return outputs_.size(); }
  [[nodiscard]] bool has(std::size_t slot) const noexcept { return slot < node.inputs.size() && node.inputs[slot] != absent; }
  [[nodiscard]] bool has_attribute(const std::string& name) const { return node.attributes.contains(name); }
  /// Nothing known where the input is left out.
  [[nodiscard]] const Facts& in(std::size_t slot) const noexcept;
  [[nodiscard]] const std::optional<Dims>& dims(std::size_t slot) const noexcept { return in(slot).dims; }
  [[nodiscard]] std::optional<std::int64_t> rank(std::size_t slot) const noexcept;
  /// Dimension of the input, a new unknown one where the rank is not known or too small.
  [[nodiscard]] Element dim(std::size_t slot, std::int64_t axis);
  [[nodiscard]] Element unknown_dim() { return symbols.dimension(); }

  /// The input as a list: its content, or unknown integers where only its length is known.
  [[nodiscard]] std::optional<Content> list(std::size_t slot);
  /// The input's content, where every element is a known integer.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(std::size_t slot) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t slot) const;
  /// Content of a floating-point input, where every element is known.
  [[nodiscard]] std::optional<std::vector<double>> reals(std::size_t slot) const;
  /// The content that attribute or input gives; empty list where neither is there, nullopt where there is one of unknown content.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> attribute_or_input(const std::string& attribute, std::size_t slot) const;

  /// What is known of a tensor attribute; null where there is none.
  [[nodiscard]] const Facts* tensor(const std::string& attribute) const;

  /// Room for an output; writing to one that the node lacks has no effect.
  [[nodiscard]] Facts& out(std::size_t slot) noexcept;
  void set(std::size_t slot, DType dtype, std::optional<Dims> dims) noexcept;
  void set_unknown_dims(std::size_t slot, DType dtype, std::int64_t rank);
  /// Type and dimensions of an input; not its content.
  void copy(std::size_t slot, std::size_t from) noexcept { set(slot, in(from).dtype, in(from).dims); }

 private:
  const std::vector<Facts>& facts_;
  const std::vector<Facts>& tensors_;
  std::vector<Facts>& outputs_;
  Facts nothing_;
  Facts discarded_;
};

using Infer = void (*)(Context&);
struct Rule {
  std::string_view op;
  Infer infer;
  std::string_view domain{};
};

/// Axis in [0, rank), or nothing.
[[nodiscard]] std::optional<std::size_t> normal_axis(std::int64_t axis, std::int64_t rank) noexcept;
[[nodiscard]] std::optional<std::vector<std::size_t>> normal_axes(const std::vector<std::int64_t>& axes, std::int64_t rank);
[[nodiscard]] Element broadcast_dim(Symbols& symbols, const Element& a, const Element& b, bool& possible);
/// Numpy broadcasting; nothing where the two contradict.
[[nodiscard]] std::optional<Dims> broadcast(Symbols& symbols, const Dims& a, const Dims& b);
[[nodiscard]] std::optional<Dims> broadcast(Symbols& symbols, const std::optional<Dims>& a, const std::optional<Dims>& b);
[[nodiscard]] Element product(Symbols& symbols, std::span<const Element> dims);
[[nodiscard]] bool all_known(std::span<const Element> elements) noexcept;
/// Elements of known dimensions that hold no more than `limit` elements.
[[nodiscard]] std::optional<std::int64_t> known_count(const std::optional<Dims>& dims, std::int64_t limit = max_content) noexcept;
/// Where the element at row-major position `at` of `dims` lies in a tensor of dimensions `from` that is broadcast to it. All known.
[[nodiscard]] std::size_t broadcast_position(std::size_t at, const Dims& dims, const Dims& from) noexcept;
[[nodiscard]] Dims dims_of(const std::vector<std::int64_t>& shape);
[[nodiscard]] DType dtype_of_onnx(std::int64_t data_type) noexcept;
/// Whether contents of this type are followed as integers.
[[nodiscard]] bool is_integral(DType dtype) noexcept;
/// A value that is one of two.
[[nodiscard]] Facts join(Symbols& symbols, const Facts& a, const Facts& b);

/// Null for an operator without a rule.
[[nodiscard]] Infer find_rule(std::string_view domain, std::string_view op);

std::span<const Rule> elementwise_rules();
std::span<const Rule> arithmetic_rules();
std::span<const Rule> movement_rules();
std::span<const Rule> extent_rules();
std::span<const Rule> indexing_rules();
std::span<const Rule> creation_rules();
std::span<const Rule> reduction_rules();
std::span<const Rule> convolution_rules();
std::span<const Rule> resampling_rules();
std::span<const Rule> product_rules();
std::span<const Rule> recurrent_rules();
std::span<const Rule> normalization_rules();
std::span<const Rule> attention_rules();
std::span<const Rule> quantization_rules();
std::span<const Rule> signal_rules();
std::span<const Rule> sequence_rules();
std::span<const Rule> classic_rules();

}  // namespace evenkeel::shapes
