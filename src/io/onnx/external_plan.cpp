// SPDX-License-Identifier: Apache-2.0
// A data file is never written over: the old model keeps its data until the new one has taken its place.
#include "io/onnx/external_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/write/place.hpp"

namespace evenkeel::onnx {
namespace {

namespace fs = std::filesystem;

// Where a replaced tensor shares bytes with one that stays, it gets a place of its own at the end of the file.
constexpr std::uint64_t alignment = 64;

struct Placed {
  const TensorProto* tensor;
  std::uint64_t begin;
  std::uint64_t end;
  bool overlaps = false;
};

std::vector<Placed> place_tensors(const OnnxFile& file, const std::vector<const TensorProto*>& tensors) {
  std::vector<Placed> placed;
  for (const TensorProto* const tensor : tensors) {
    const std::uint64_t begin = tensor->external_offset;
    placed.push_back({tensor, begin, begin + file.bytes_of(*tensor).bytes.size()});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
  Placed* furthest = nullptr;
  for (Placed& one : placed) {
    if (furthest != nullptr && one.begin < furthest->end) furthest->overlaps = one.overlaps = true;
    if (furthest == nullptr || one.end > furthest->end) furthest = &one;
  }
  return placed;
}

void copy_to(OutputPlan& file, std::uint64_t& at, std::uint64_t end) {
  if (end > at) file.pieces.push_back({{at, end}, {}, std::nullopt});
  at = end;
}

/// The file with its replaced ranges, and the places of what moved to its end.
std::map<const TensorProto*, ExternalPlace> plan_pieces(const std::vector<Placed>& placed, const Payloads& payloads,
                                                        const std::string& name, OutputPlan& file) {
  std::map<const TensorProto*, ExternalPlace> moved;
  std::uint64_t at = 0;
  for (const Placed& one : placed) {
    const auto payload = payloads.find(one.tensor);
    if (payload == payloads.end() || payload->second.size == 0 || one.overlaps) continue;
    copy_to(file, at, one.begin);
    file.pieces.push_back({{}, {}, payload->second});
    at = one.end;
  }
  copy_to(file, at, file.source.size());
  std::uint64_t end = file.source.size();
  for (const Placed& one : placed) {
    const auto payload = payloads.find(one.tensor);
    if (payload == payloads.end() || payload->second.size == 0 || !one.overlaps) continue;
    const std::uint64_t begin = (end + alignment - 1) / alignment * alignment;
    if (begin != end) file.pieces.push_back({{}, std::string(begin - end, '\0'), std::nullopt});
    file.pieces.push_back({{}, {}, payload->second});
    end = begin + payload->second.size;
    moved[one.tensor] = {name, begin, payload->second.size};
  }
  return moved;
}

}  // namespace

fs::path DataNames::path_of(const std::string& name) const { return folder_of(out_) / name; }

bool DataNames::take(const std::string& name) {
  std::error_code error;
  const bool exists = fs::symlink_status(path_of(name), error).type() != fs::file_type::not_found;
  return !exists && name != out_.filename().string() && taken_.insert(name).second;
}

std::string DataNames::fresh() {
  std::string first = out_.filename().string() + ".data";
  if (take(first)) return first;
  for (int i = 1;; ++i) {
    std::string name = fmt::format("{}.{}", first, i);
    if (take(name)) return name;
  }
}

ExternalPlan plan_external(const OnnxModel& model, const Payloads& payloads, DataNames& names, bool in_place, std::vector<Edit>& edits) {
  std::map<std::string_view, std::vector<const TensorProto*>> by_location;
  for_each_tensor(model.file->model(), [&](const TensorProto& tensor) {
    if (tensor.data == TensorProto::Data::external) by_location[tensor.location].push_back(&tensor);
  });
  ExternalPlan files;
  for (const auto& [location, tensors] : by_location) {
    const bool changed = std::any_of(tensors.begin(), tensors.end(), [&](const TensorProto* tensor) { return payloads.contains(tensor); });
    if (!changed && in_place) {
      files.unchanged.insert(std::string(location));
      continue;
    }
    const bool keeps_name = !changed && location.find('/') == std::string_view::npos && names.take(std::string(location));
    const std::string name = keeps_name ? std::string(location) : names.fresh();
    const MappedFile& map = model.file->externals().find(location)->second.map;
    OutputPlan file{names.path_of(name), map.bytes(), &map, {}};
    const auto moved = plan_pieces(place_tensors(*model.file, tensors), payloads, name, file);
    files.data.push_back(std::move(file));
    for (const TensorProto* const tensor : tensors) {
      const auto place = moved.find(tensor);
      if (!keeps_name)
        edit_location(model.file->source(), *tensor, {name, place == moved.end() ? nullptr : &place->second, changed}, edits);
    }
  }
  return files;
}

}  // namespace evenkeel::onnx
