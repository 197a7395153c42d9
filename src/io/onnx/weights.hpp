// SPDX-License-Identifier: Apache-2.0
// Stored bytes of an ONNX model, by TensorId.
#pragma once

#include <memory>
#include <vector>

#include "io/onnx/flatten.hpp"

namespace evenkeel::onnx {

/// What reader, weights and writer share: the file and where each tensor and node stands in it.
struct OnnxModel {
  std::unique_ptr<OnnxFile> file;
  std::vector<TensorPlace> places;    // by TensorId
  std::vector<NodeOrigin> origins;    // by NodeId
  std::vector<StoredTensor> tensors;  // as read
};

class OnnxWeights final : public WeightSource {
 public:
  explicit OnnxWeights(std::shared_ptr<const OnnxModel> model) : model_(std::move(model)) {}
  [[nodiscard]] TensorBytes read(TensorId tensor) const override;
  [[nodiscard]] bool has_parts(TensorId tensor) const override;
  [[nodiscard]] TensorBytes read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const override;
  [[nodiscard]] bool has_values(TensorId tensor) const override;
  [[nodiscard]] std::optional<double> find_fill(TensorId tensor) const override;

 private:
  struct Located {
    const StoredTensor& tensor;
    const TensorPlace& place;
  };
  [[nodiscard]] Located locate(TensorId tensor) const;
  std::shared_ptr<const OnnxModel> model_;
};

}  // namespace evenkeel::onnx
