// SPDX-License-Identifier: Apache-2.0
// The one table from an operator to its rule.
#include <array>
#include <map>
#include <utility>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

using Table = std::map<std::pair<std::string_view, std::string_view>, Infer>;

Table make_table() {
  Table table;
  for (const std::span<const Rule> family :
       {elementwise_rules(), arithmetic_rules(), movement_rules(), extent_rules(), indexing_rules(), creation_rules(), reduction_rules(),
        convolution_rules(), resampling_rules(), product_rules(), recurrent_rules(), normalization_rules(), attention_rules(),
        quantization_rules(), signal_rules(), sequence_rules(), classic_rules()})
    for (const Rule& rule : family) table[{rule.domain, rule.op}] = rule.infer;
  return table;
}

}  // namespace

Infer find_rule(std::string_view domain, std::string_view op) {
  static const Table table = make_table();
  if (domain == "ai.onnx") domain = "";
  const auto found = table.find({domain, op});
  return found == table.end() ? nullptr : found->second;
}

}  // namespace evenkeel::shapes
