// SPDX-License-Identifier: Apache-2.0
// What becomes of a model's external data files when it is written: which are copied, under which names, with which tensors replaced.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/onnx/edit.hpp"
#include "io/write/file_set.hpp"

namespace evenkeel::onnx {

struct ByPlace {
  bool operator()(const TensorProto* a, const TensorProto* b) const noexcept { return a->body.begin < b->body.begin; }
};
using Payloads = std::map<const TensorProto*, Payload, ByPlace>;

/// Names beside the output that are free: out.onnx.data, out.onnx.data.1, ...
class DataNames {
 public:
  explicit DataNames(std::filesystem::path out) : out_(std::move(out)) {}
  [[nodiscard]] std::string fresh();
  /// Whether a name is free in the output's folder; it is taken then.
  [[nodiscard]] bool take(const std::string& name);
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const;

 private:
  std::filesystem::path out_;
  std::set<std::string> taken_;
};

struct ExternalPlan {
  std::vector<OutputPlan> data;
  std::set<std::string, std::less<>> unchanged;  // in place: locations that nothing replaces
};

/// New bytes by tensor. Adds the edits that point the model at its new data files.
[[nodiscard]] ExternalPlan plan_external(const OnnxModel& model, const Payloads& payloads, DataNames& names, bool in_place,
                                         std::vector<Edit>& edits);

}  // namespace evenkeel::onnx
