// SPDX-License-Identifier: Apache-2.0
// Puts graph, weights and writer of an ONNX file together.
#include "io/onnx/reader.hpp"

#include <fmt/format.h>

#include <map>

#include "io/onnx/weights.hpp"
#include "io/onnx/writer.hpp"

namespace evenkeel::onnx {
namespace {

std::vector<std::string> notes_of(const OnnxModel& model) {
  std::map<std::string_view, int> external;
  for (const TensorPlace& place : model.places) {
    if (place.tensor != nullptr && place.tensor->data == TensorProto::Data::external) ++external[place.tensor->location];
  }
  std::vector<std::string> notes;
  for (const auto& [location, count] : external) {
    notes.push_back(fmt::format("{} tensor{} in {}", count, count == 1 ? " stands" : "s stand", location));
  }
  return notes;
}

}  // namespace

Model read_onnx(std::unique_ptr<OnnxFile> file, const std::string& name) {
  Flat flat = flatten(*file);
  auto shared = std::make_shared<OnnxModel>();
  shared->places = std::move(flat.places);
  shared->origins = std::move(flat.origins);
  shared->tensors = flat.graph.tensors;
  Model model;
  model.name = name;
  model.path = file->path();
  model.format = "onnx";
  model.graph = std::move(flat.graph);
  for (const auto& [key, value] : file->model().metadata) model.metadata.insert_or_assign(std::string(key), std::string(value));
  if (!model.path.empty()) model.files.push_back(model.path);
  for (const auto& [location, external] : file->externals()) model.files.push_back(external.path);
  shared->file = std::move(file);
  model.notes = notes_of(*shared);
  model.weights = std::make_shared<OnnxWeights>(shared);
  model.writer = make_writer(shared);
  return model;
}

}  // namespace evenkeel::onnx
