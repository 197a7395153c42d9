// SPDX-License-Identifier: Apache-2.0
// mlp: Gemm layers with an activation between them.
#include <string>

#include "evenkeel/graph/spec.hpp"
#include "io/spec/builder.hpp"

namespace evenkeel {

std::string make_mlp(const Spec& spec) {
  SpecBuilder build;
  build.input("input", 1, {"batch", std::to_string(spec.widths.front())});
  std::string value = "input";
  const std::size_t layers = spec.widths.size() - 1;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const std::string name = "layers." + std::to_string(layer);
    value = build.gemm(value, spec.widths[layer], spec.widths[layer + 1], name);
    if (layer + 1 < layers) value = build.activation(spec.activation, value, "activations." + std::to_string(layer));
  }
  build.output(value, "output", {"batch", std::to_string(spec.widths.back())});
  return build.finish("mlp");
}

}  // namespace evenkeel
