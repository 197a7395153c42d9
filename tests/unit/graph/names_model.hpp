// SPDX-License-Identifier: Apache-2.0
// A model without a graph from a list of names and shapes, and its parameters by name.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/graph/analyse.hpp"

namespace evenkeel::names_test {

struct Tensors final : WeightSource {
  std::map<TensorId, std::vector<std::byte>> content;  // tensors without an entry have no values

  [[nodiscard]] TensorBytes read(TensorId tensor) const override {
    const auto found = content.find(tensor);
    return found == content.end() ? TensorBytes{} : TensorBytes{found->second, nullptr};
  }
  [[nodiscard]] bool has_values(TensorId tensor) const override { return content.contains(tensor); }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return std::nullopt; }
};

struct Named {
  std::string name;
  Shape shape;
  DType dtype = DType::f32;
};

inline Graph graph_of(const std::vector<Named>& tensors, std::map<std::string, Setting> settings = {}) {
  Graph graph;
  graph.names_only = true;
  graph.settings = std::move(settings);
  if (!graph.settings.empty()) graph.settings_origin = "config.json";
  for (const Named& named : tensors) {
    StoredTensor tensor;
    tensor.name = named.name;
    tensor.shape = named.shape;
    tensor.dtype = named.dtype;
    graph.tensors.push_back(std::move(tensor));
  }
  return graph;
}

class Known {
 public:
  explicit Known(const std::vector<Named>& tensors, const std::map<std::string, Setting>& settings = {}, const std::string& activation = "")
      : graph_(graph_of(tensors, settings)), analysis_(analyse(graph_, Tensors{}, {activation})) {}

  [[nodiscard]] const Parameter& at(const std::string& name) const {
    for (const Parameter& p : analysis_.parameters)
      if (graph_.tensors[static_cast<std::size_t>(p.tensor)].name == name) return p;
    throw std::out_of_range(name + " has no parameter");
  }
  [[nodiscard]] Role role(const std::string& name) const { return at(name).geometry.role; }
  [[nodiscard]] const Analysis& analysis() const { return analysis_; }
  [[nodiscard]] std::string evidence(const std::string& name) const {
    std::string text;
    for (const std::string& line : at(name).evidence) text += line + "\n";
    return text;
  }

 private:
  Graph graph_;
  Analysis analysis_;
};

}  // namespace evenkeel::names_test
