// SPDX-License-Identifier: Apache-2.0
// gpt: GPT-2's form (Radford et al. 2019): pre-norm blocks, packed QKV, causal attention, GELU, learned positions, a final norm, an untied
// head. Weights stand as (in, out), right operands of MatMul, as exporters write linear layers.
#include <cmath>
#include <string>

#include "evenkeel/graph/spec.hpp"
#include "io/spec/builder.hpp"

namespace evenkeel {
namespace {

struct Sizes {
  std::int64_t width;
  std::int64_t heads;
};

std::string linear(SpecBuilder& build, const std::string& input, std::int64_t in, std::int64_t out, const std::string& name) {
  const std::string product = build.node("MatMul", {input, build.parameter(name + ".weight", {in, out})}, name);
  return build.node("Add", {product, build.parameter(name + ".bias", {out})}, name + ".add");
}

std::string norm(SpecBuilder& build, const std::string& input, std::int64_t width, const std::string& name) {
  return build.node("LayerNormalization", {input, build.parameter(name + ".weight", {width}), build.parameter(name + ".bias", {width})},
                    name, {SpecBuilder::integer("axis", -1), SpecBuilder::real("epsilon", 1e-5F)});
}

/// (batch, sequence, width) to (batch, heads, sequence, width / heads), or with the last two axes swapped for keys.
std::string split_heads(SpecBuilder& build, const std::string& value, const std::vector<std::int64_t>& order, const std::string& name) {
  return build.node("Transpose", {build.node("Reshape", {value, "head_shape"}, name + ".reshape")}, name + ".transpose",
                    {SpecBuilder::integers("perm", order)});
}

std::string attention(SpecBuilder& build, const std::string& input, const std::string& mask, const Sizes& sizes, const std::string& name) {
  const std::string packed = linear(build, input, sizes.width, 3 * sizes.width, name + ".qkv");
  (void)build.node("Split", {packed, "qkv_sections"}, name + ".split", {SpecBuilder::integer("axis", -1)}, 3);
  const std::string part = name + ".split_out";
  const std::string q = split_heads(build, part + "0", {0, 2, 1, 3}, name + ".q");
  const std::string k = split_heads(build, part + "1", {0, 2, 3, 1}, name + ".k");
  const std::string v = split_heads(build, part + "2", {0, 2, 1, 3}, name + ".v");
  const std::string scores = build.node("Div", {build.node("MatMul", {q, k}, name + ".scores"), "sqrt_head_width"}, name + ".scale");
  const std::string masked = build.node("Add", {scores, mask}, name + ".mask");
  const std::string weights = build.node("Softmax", {masked}, name + ".softmax", {SpecBuilder::integer("axis", -1)});
  const std::string mixed = build.node("Transpose", {build.node("MatMul", {weights, v}, name + ".mix")}, name + ".transpose",
                                       {SpecBuilder::integers("perm", {0, 2, 1, 3})});
  return linear(build, build.node("Reshape", {mixed, "flat_shape"}, name + ".merge"), sizes.width, sizes.width, name + ".proj");
}

std::string mlp(SpecBuilder& build, const std::string& input, const Sizes& sizes, const std::string& name) {
  const std::string hidden = linear(build, input, sizes.width, 4 * sizes.width, name + ".fc");
  return linear(build, build.activation("gelu", hidden, name + ".gelu"), 4 * sizes.width, sizes.width, name + ".proj");
}

/// Positions 0 .. sequence - 1, and a mask of shape (sequence, sequence): 0 where a token may look, -1e9 in its future.
struct Sequence {
  std::string positions;
  std::string mask;
};

Sequence sequence_of(SpecBuilder& build) {
  const std::string length = build.node("Gather", {build.node("Shape", {"input_ids"}, "shape"), build.constant("one", {1}, {})}, "length",
                                        {SpecBuilder::integer("axis", 0)});
  const std::string positions = build.node("Range", {build.constant("zero", {0}, {}), length, "one"}, "positions");
  const std::string column = build.node("Unsqueeze", {positions, build.constant("last_axis", {1}, {1})}, "positions.column");
  const std::string future = build.node("Greater", {positions, column}, "future");
  return {positions, build.node("Where", {future, build.scalar("masked", -1e9F), build.scalar("visible", 0.0F)}, "causal_mask")};
}

}  // namespace

std::string make_gpt(const Spec& spec) {
  const Sizes sizes{spec.widths.front(), spec.options.at("heads")};
  const std::int64_t vocabulary = spec.options.at("vocab");
  const std::int64_t head_width = sizes.width / sizes.heads;
  SpecBuilder build;
  build.input("input_ids", 7, {"batch", "sequence"});
  build.constant("head_shape", {0, 0, sizes.heads, head_width}, {4});
  build.constant("flat_shape", {0, 0, sizes.width}, {3});
  build.constant("qkv_sections", {sizes.width, sizes.width, sizes.width}, {3});
  build.scalar("sqrt_head_width", std::sqrt(static_cast<float>(head_width)));
  const Sequence sequence = sequence_of(build);
  const std::string tokens = build.node("Gather", {build.parameter("wte.weight", {vocabulary, sizes.width}), "input_ids"}, "wte");
  const std::string places =
      build.node("Gather", {build.parameter("wpe.weight", {spec.options.at("context"), sizes.width}), sequence.positions}, "wpe");
  std::string value = build.node("Add", {tokens, places}, "embedding");
  for (std::size_t layer = 0; layer < spec.widths.size(); ++layer) {
    const std::string name = "blocks." + std::to_string(layer);
    const std::string attended = attention(build, norm(build, value, sizes.width, name + ".ln_1"), sequence.mask, sizes, name + ".attn");
    value = build.node("Add", {value, attended}, name + ".add_1");
    value = build.node("Add", {value, mlp(build, norm(build, value, sizes.width, name + ".ln_2"), sizes, name + ".mlp")}, name + ".add_2");
  }
  value = norm(build, value, sizes.width, "ln_f");
  value = build.node("MatMul", {value, build.parameter("head.weight", {sizes.width, vocabulary})}, "head");
  build.output(value, "logits", {"batch", "sequence", std::to_string(vocabulary)});
  return build.finish("gpt");
}

}  // namespace evenkeel
