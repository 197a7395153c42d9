// SPDX-License-Identifier: Apache-2.0
// Writes a ModelProto for the built-in families: nodes that return the name of their output, parameters without data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/shape.hpp"

namespace evenkeel {

struct Spec;

class SpecBuilder {
 public:
  using Names = std::vector<std::string>;

  /// A float parameter, declared without data. Returns its name.
  std::string parameter(const std::string& name, const Shape& shape);
  std::string constant(const std::string& name, const std::vector<std::int64_t>& values, const Shape& shape);
  std::string scalar(const std::string& name, float value);

  struct Attribute {
    std::string bytes;  // an AttributeProto
  };
  static Attribute integer(std::string_view name, std::int64_t value);
  static Attribute integers(std::string_view name, const std::vector<std::int64_t>& values);
  static Attribute real(std::string_view name, float value);

  /// Adds a node called `name` (unique) and returns its first output, "<name>_out".
  std::string node(const std::string& op, const Names& inputs, const std::string& name, const std::vector<Attribute>& attributes = {},
                   std::size_t outputs = 1);
  /// The activation of a spec, as exporters write it at opset 17.
  std::string activation(const std::string& activation, const std::string& input, const std::string& name);
  /// "<name>.weight" (out, in) and "<name>.bias" as one Gemm; the input has rank 2.
  std::string gemm(const std::string& input, std::int64_t in, std::int64_t out, const std::string& name);

  /// A dimension is a number or a name ("batch").
  void input(const std::string& name, std::int32_t data_type, const Names& dimensions);
  /// Renames `value` to `name` by an Identity node and declares it.
  void output(const std::string& value, const std::string& name, const Names& dimensions);

  [[nodiscard]] std::string finish(const std::string& graph_name) const;

 private:
  std::string nodes_;
  std::string initializers_;
  std::string inputs_;
  std::string outputs_;
};

std::string make_mlp(const Spec& spec);
std::string make_cnn(const Spec& spec);
std::string make_resnet(const Spec& spec);
std::string make_gpt(const Spec& spec);

}  // namespace evenkeel
