// SPDX-License-Identifier: Apache-2.0
// Reading, replacing and writing in one line, for the tests of the writer.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "evenkeel/io/model.hpp"
#include "models/onnx_builder.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {

inline TensorId tensor_named(const Model& model, const std::string& name) {
  for (std::size_t i = 0; i < model.graph.tensors.size(); ++i) {
    if (model.graph.tensors[i].name == name) return static_cast<TensorId>(i);
  }
  throw std::runtime_error("no tensor " + name);
}

inline std::vector<double> numbers_in(const Model& model, const std::string& name) {
  return numbers_of(*model.weights, model.graph, tensor_named(model, name), 1 << 20);
}

inline Producer floats(std::vector<float> values) {
  return {[values](std::uint64_t, std::span<std::byte> room) {
            if (room.size() != values.size() * sizeof(float))
              throw std::runtime_error("wrong size of the buffer: " + std::to_string(room.size()));
            if (!values.empty()) std::memcpy(room.data(), values.data(), room.size());
          },
          0};
}

using NewValues = std::map<std::string, std::vector<float>>;

inline std::vector<Replacement> replacements_of(const Model& model, const NewValues& values) {
  std::vector<Replacement> made;
  for (const auto& [name, content] : values) made.push_back({tensor_named(model, name), floats(content)});
  return made;
}

class WriteTest : public testing::Test {
 protected:
  Model read(const OnnxBuilder& builder, const std::string& name = "in.onnx") { return read_model(folder_.write(name, builder.model())); }
  /// Writes with new values and reads back.
  Model rewrite(const Model& model, const NewValues& values, const WriteOptions& options = {}, const std::string& name = "out.onnx") {
    write_model(model, folder_ / name, replacements_of(model, values), options);
    return read_model((folder_ / name).string());
  }
  std::string bytes(const std::string& name) { return bytes_of_file(folder_ / name); }
  TemporaryFolder folder_;
};

}  // namespace evenkeel::test
