// SPDX-License-Identifier: Apache-2.0
// Module paths that PyTorch's exporters leave behind: in metadata (dynamo) or in node names (TorchScript).
#include <vector>

#include "io/onnx/flatten.hpp"

namespace evenkeel::onnx {
namespace {

/// Elements of a list as Python prints it: ['', 'layer1', "it's"].
std::vector<std::string_view> split_python_list(std::string_view text) {
  std::vector<std::string_view> elements;
  std::size_t at = 0;
  while ((at = text.find_first_of("'\"", at)) != std::string_view::npos) {
    const std::size_t end = text.find(text[at], at + 1);
    if (end == std::string_view::npos) break;
    elements.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return elements;
}

/// The last element is the traced operation itself.
std::string innermost(std::string_view list) {
  const auto elements = split_python_list(list);
  return elements.size() < 2 ? std::string{} : std::string(elements[elements.size() - 2]);
}

/// "/layer1/layer1.0/conv1/Conv": a part that goes on from the one before ("layer1.0" from "layer1") takes its place.
std::string scope_of_name(std::string_view name) {
  std::vector<std::string_view> parts;
  std::size_t begin = 1;
  for (std::size_t end = name.find('/', begin); end != std::string_view::npos; end = name.find('/', begin)) {
    const std::string_view part = name.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty()) continue;
    const bool goes_on =
        !parts.empty() && part.size() > parts.back().size() && part.starts_with(parts.back()) && part[parts.back().size()] == '.';
    if (goes_on)
      parts.back() = part;
    else
      parts.push_back(part);
  }
  std::string scope;
  for (const std::string_view part : parts) {
    if (!scope.empty()) scope += '.';
    scope += part;
  }
  return scope;
}

}  // namespace

std::string scope_of(const NodeProto& node) {
  if (!node.name_scopes.empty()) return innermost(node.name_scopes);
  return node.name.starts_with('/') ? scope_of_name(node.name) : std::string{};
}

std::string class_of(const NodeProto& node) { return innermost(node.class_hierarchy); }

}  // namespace evenkeel::onnx
