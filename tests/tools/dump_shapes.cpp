// SPDX-License-Identifier: Apache-2.0
// Prints what shape inference finds out about every value of model files, one JSON object a line: {"file", "milliseconds", "values": {name:
// [dtype, shape or null, integers or null, data_dependent]}}. Unknown dimensions are -1. Judged by tests/python/test_shapes.py.
#include <chrono>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "evenkeel/graph/shapes.hpp"
#include "evenkeel/io/model.hpp"

namespace {

nlohmann::json describe(const evenkeel::Value& value) {
  nlohmann::json shape;
  if (value.shape) shape = *value.shape;
  nlohmann::json integers;
  if (value.integers) integers = *value.integers;
  return nlohmann::json::array({std::string(evenkeel::to_string(value.dtype)), shape, integers, value.data_dependent});
}

nlohmann::json describe(const std::string& file) {
  nlohmann::json line{{"file", file}};
  try {
    evenkeel::Model model = evenkeel::read_model(file);
    const auto start = std::chrono::steady_clock::now();
    evenkeel::infer_shapes(model.graph, *model.weights);
    line["milliseconds"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    line["nodes"] = model.graph.nodes.size();
    line["values"] = nlohmann::json::object();
    for (const evenkeel::Value& value : model.graph.values)
      if (!value.name.empty()) line["values"][value.name] = describe(value);
  } catch (const std::exception& problem) { line["error"] = problem.what(); }
  return line;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string file; std::getline(std::cin, file);) std::cout << describe(file).dump() << std::endl;
}
