// SPDX-License-Identifier: Apache-2.0
// A LibTorch module through its tensors' pointers. Layouts are declared, fans follow; (seed, name, index) alone make the numbers.
#include <cstdio>

#include <torch/torch.h>

#include "evenkeel/schemes/generate.hpp"

int main() {
  torch::nn::Sequential model(torch::nn::Conv2d(3, 16, 3), torch::nn::ReLU(), torch::nn::Flatten(), torch::nn::Linear(64, 10));
  for (const auto& item : model->named_parameters()) {
    const torch::Tensor& tensor = item.value();  // contiguous, float, of the CPU
    const evenkeel::Shape shape(tensor.sizes().begin(), tensor.sizes().end());
    const evenkeel::Geometry geometry{.layout = shape.size() == 4 ? "OIHW" : shape.size() == 2 ? "OI" : "", .shape = shape};
    const auto scheme = evenkeel::parse_scheme(shape.size() > 1 ? "he_normal" : "zeros");
    evenkeel::generate({.data = tensor.data_ptr(), .shape = shape}, scheme, geometry, evenkeel::make_stream(/*seed=*/1, item.key()));
    std::printf("%s %.9g %.6f\n", item.key().c_str(), tensor.flatten()[0].item<float>(), tensor.pow(2).mean().sqrt().item<float>());
  }
  std::printf("output %s\n", torch::isfinite(model->forward(torch::ones({1, 3, 4, 4}))).all().item<bool>() ? "finite" : "not finite");
}
