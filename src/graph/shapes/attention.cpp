// SPDX-License-Identifier: Apache-2.0
// Attention in one node: that of ai.onnx (opset 23 on) and those of onnxruntime.
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void like_first(Context& c) { c.copy(0, 0); }

// Heads, length and width of an operand: (B, heads, length, width) or (B, length, heads * width).
struct Operand {
  Element heads;
  Element length;
  Element width;
};

Operand operand(Context& c, std::size_t slot, const char* heads_attribute) {
  if (c.rank(slot) == 4) return {c.dim(slot, 1), c.dim(slot, 2), c.dim(slot, 3)};
  const auto heads = integer_of(c.node, heads_attribute, 0);
  if (c.rank(slot) != 3 || heads <= 0) return {c.unknown_dim(), c.dim(slot, 1), c.unknown_dim()};
  return {number(heads), c.dim(slot, 1), c.symbols.floor_divide(c.dim(slot, 2), number(heads))};
}

void attention(Context& c) {
  const DType dtype = c.in(0).dtype;
  c.set(0, dtype, std::nullopt);
  const Element batch = c.dim(0, 0);
  const Operand query = operand(c, 0, "q_num_heads");
  const Operand key = operand(c, 1, "kv_num_heads");
  const Operand value = operand(c, 2, "kv_num_heads");
  const Element total = c.has(4) ? c.symbols.add(c.dim(4, 2), key.length) : key.length;
  const Element total_values = c.has(5) ? c.symbols.add(c.dim(5, 2), value.length) : value.length;
  if (c.rank(0) == 4) c.set(0, dtype, Dims{batch, query.heads, query.length, value.width});
  if (c.rank(0) == 3) c.set(0, dtype, Dims{batch, query.length, c.symbols.multiply(query.heads, value.width)});
  c.set(1, c.in(1).dtype, Dims{batch, key.heads, total, key.width});
  c.set(2, c.in(2).dtype, Dims{batch, value.heads, total_values, value.width});
  c.set(3, dtype, Dims{batch, query.heads, query.length, total});
}

void flex_attention(Context& c) { c.set(0, c.in(0).dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.dim(0, 2), c.dim(2, 3)}); }

void linear_attention(Context& c) {
  const Operand query = operand(c, 0, "q_num_heads");
  const Operand key = operand(c, 1, "kv_num_heads");
  const Operand value = operand(c, 2, "kv_num_heads");
  c.set(0, c.in(0).dtype, Dims{c.dim(0, 0), query.length, c.symbols.multiply(query.heads, value.width)});
  c.set(1, c.has(3) ? c.in(3).dtype : DType::other, Dims{c.dim(0, 0), key.heads, key.width, value.width});
}

void packed_attention(Context& c, DType dtype) {  // com.microsoft Attention: weight (in, q + k + v)
  const auto sizes = integers_of(c.node, "qkv_hidden_sizes");
  const Element width = sizes.size() == 3 ? number(sizes[2]) : c.symbols.floor_divide(c.dim(1, 1), number(3));
  c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), width});
  c.set_unknown_dims(1, dtype, 5);
}

void attention_microsoft(Context& c) { packed_attention(c, c.in(0).dtype); }
void quantized_attention(Context& c) { packed_attention(c, c.in(3).dtype); }

void multi_head_attention(Context& c) {
  const DType dtype = c.in(0).dtype;
  const Element heads = number(integer_of(c.node, "num_heads", -1));
  c.set_unknown_dims(0, dtype, 3);
  c.set_unknown_dims(1, dtype, 4);
  c.set_unknown_dims(2, dtype, 4);
  if (c.rank(0) == 5) {  // (B, length, heads, 3, width)
    c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.symbols.multiply(c.dim(0, 2), c.dim(0, 4))});
  } else if (c.rank(0) == 3 && c.rank(2) == 3) {
    c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.dim(2, 2)});
  } else if (c.rank(0) == 3 && c.rank(2) == 4) {
    c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.symbols.multiply(heads, c.dim(2, 3))});
  } else if (c.rank(0) == 3) {
    c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), c.unknown_dim()});
  }
}

void group_query_attention(Context& c) {
  const DType dtype = c.in(0).dtype;
  const std::int64_t heads = integer_of(c.node, "num_heads", 0);
  const std::int64_t pairs = integer_of(c.node, "kv_num_heads", 0);
  c.set(0, dtype, std::nullopt);
  for (std::size_t i : {std::size_t{1}, std::size_t{2}}) c.set_unknown_dims(i, dtype, 4);
  if (c.rank(0) != 3) return;
  Element width = c.dim(0, 2);
  if (heads <= 0 || pairs <= 0 || heads > 1 << 20 || pairs > 1 << 20) {
    width = c.unknown_dim();
  } else if (!c.has(1)) {
    width = c.symbols.multiply(c.symbols.floor_divide(width, number(heads + 2 * pairs)), number(heads));
  }
  c.set(0, dtype, Dims{c.dim(0, 0), c.dim(0, 1), width});
}

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"Attention", attention},
    {"FlexAttention", flex_attention, "ai.onnx.preview"},
    {"LinearAttention", linear_attention},
    {"RotaryEmbedding", like_first},
    {"Attention", attention_microsoft, microsoft},
    {"QAttention", quantized_attention, microsoft},
    {"MultiHeadAttention", multi_head_attention, microsoft},
    {"DecoderMaskedMultiHeadAttention", multi_head_attention, microsoft},
    {"GroupQueryAttention", group_query_attention, microsoft},
    {"RotaryEmbedding", like_first, microsoft},
    {"LongformerAttention", like_first, microsoft},
};

}  // namespace

std::span<const Rule> attention_rules() { return rules; }

}  // namespace evenkeel::shapes
