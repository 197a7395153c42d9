// SPDX-License-Identifier: Apache-2.0
// cnn: 3x3 convolutions with bias, an activation after each, 2x2 max pooling after each group but the last, global average pooling, a dense
// head. Images of any size that the poolings do not use up.
#include <string>

#include "evenkeel/graph/spec.hpp"
#include "io/spec/builder.hpp"

namespace evenkeel {

std::string make_cnn(const Spec& spec) {
  SpecBuilder build;
  build.input("input", 1, {"batch", std::to_string(spec.widths.front()), "height", "width"});
  std::string value = "input";
  std::int64_t channels = spec.widths.front();
  std::size_t layer = 0;
  for (std::size_t group = 1; group + 1 < spec.groups.size(); ++group) {
    for (std::int64_t i = 0; i < spec.groups[group]; ++i, ++layer) {
      const std::int64_t out = spec.widths[layer + 1];
      const std::string name = "convs." + std::to_string(layer);
      value = build.node("Conv", {value, build.parameter(name + ".weight", {out, channels, 3, 3}), build.parameter(name + ".bias", {out})},
                         name, {SpecBuilder::integers("kernel_shape", {3, 3}), SpecBuilder::integers("pads", {1, 1, 1, 1})});
      value = build.activation(spec.activation, value, "activations." + std::to_string(layer));
      channels = out;
    }
    if (group + 2 < spec.groups.size()) {
      value = build.node("MaxPool", {value}, "pools." + std::to_string(group - 1),
                         {SpecBuilder::integers("kernel_shape", {2, 2}), SpecBuilder::integers("strides", {2, 2})});
    }
  }
  value = build.node("GlobalAveragePool", {value}, "pool");
  value = build.node("Flatten", {value}, "flatten");
  value = build.gemm(value, channels, spec.widths.back(), "head");
  build.output(value, "output", {"batch", std::to_string(spec.widths.back())});
  return build.finish("cnn");
}

}  // namespace evenkeel
