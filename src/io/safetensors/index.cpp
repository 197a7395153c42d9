// SPDX-License-Identifier: Apache-2.0
// weight_map, read strictly; every other entry is left alone.
#include "io/safetensors/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "evenkeel/base/error.hpp"
#include "io/write/place.hpp"

namespace evenkeel::safetensors {
namespace {

namespace fs = std::filesystem;
using json::Cursor;
using json::Opens;
using json::Scalar;
using json::shown;

constexpr std::size_t longest_index = 100'000'000;
constexpr const char* advice = "; save the model again or check the download";

class IndexListener final : public json::Listener {
 public:
  explicit IndexListener(Index& index) : index_(index) {}

  void key(const Cursor& at) override {
    index_.metadata.key(at);
    if (at.depth() == 1) in_map_ = at.key(0) == "weight_map";
    if (at.depth() == 2) key_end_ = at.position();
  }

  void enter(const Cursor& at, Opens what) override {
    index_.metadata.enter(at);
    if (at.depth() == 0 && what != Opens::object)
      at.refuse(fmt::format("expected an index, an object with weight_map, found a list{}", advice));
    if (at.depth() == 1 && in_map_) found_map_ = true;
    const bool map = in_map_ || at.depth() == 0 || at.key(0) == "metadata";
    if (at.depth() == 1 && map && what != Opens::object) at.refuse(fmt::format("expected an object, found a list{}", advice));
    if (at.depth() >= 2 && in_map_) at.refuse(fmt::format("expected the name of a file, found a list or an object{}", advice));
  }

  void leave(const Cursor& at) override {
    index_.metadata.leave(at);
    if (at.depth() == 0 && !found_map_)
      at.refuse(fmt::format("expected an index, an object with weight_map, found none; name a model file, or the index of its shards"));
    if (at.depth() == 1 && in_map_ && index_.mappings.empty())
      at.refuse(fmt::format("expected the names of tensors and their shards, found an empty object{}", advice));
  }

  void scalar(const Cursor& at, Scalar&& value) override {
    index_.metadata.scalar(at, value);
    if (at.depth() == 0) at.refuse(fmt::format("expected an index, an object with weight_map, found {}{}", shown(value), advice));
    const bool no_metadata = at.key(0) == "metadata" && std::holds_alternative<std::monostate>(value);
    if (at.depth() == 1 && (in_map_ || (at.key(0) == "metadata" && !no_metadata)))
      at.refuse(fmt::format("expected an object, found {}{}", shown(value), advice));
    if (!in_map_) return;
    auto* const file = std::get_if<std::string>(&value);
    if (file == nullptr) at.refuse(fmt::format("expected the name of a file, found {}{}", shown(value), advice));
    check_name(at, *file);
    const auto [known, added] = numbers_.emplace(*file, index_.shards.size());
    if (added) index_.shards.push_back(*file);
    index_.mappings.push_back({at.key(1), known->second, {key_end_, at.position()}});
  }

 private:
  static void check_name(const Cursor& at, const std::string& file) {
    const fs::path path(file);
    bool outside = file.empty() || path.is_absolute() || file.find('\0') != std::string::npos || path.filename().empty();
    for (const fs::path& part : path) outside = outside || part == ".." || part == ".";
    if (outside) {
      at.refuse(fmt::format("expected the name of a file in the index's folder, found {}; do not trust this index, or save the model again",
                            json::in_quotes(file)));
    }
  }

  Index& index_;
  bool in_map_ = false;
  bool found_map_ = false;
  std::size_t key_end_ = 0;
  std::map<std::string, std::size_t> numbers_;
};

bool is_inside(const fs::path& real, const fs::path& real_folder) {
  const fs::path relative = real.lexically_relative(real_folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// <repository>/blobs of Hugging Face's cache, for an index in <repository>/snapshots/<revision>; empty elsewhere.
fs::path blobs_beside(const fs::path& real_folder) {
  const fs::path snapshots = real_folder.parent_path();
  return snapshots.filename() == "snapshots" ? snapshots.parent_path() / "blobs" : fs::path();
}

}  // namespace

Index read_index(const fs::path& path) {
  Index index;
  index.path = path;
  index.map = MappedFile(path);
  const std::string_view text = index.map.bytes();
  if (text.size() > longest_index) {
    fail(ErrorCode::bad_file,
         fmt::format("{}: expected an index of at most {} bytes, found {}{}", path.string(), longest_index, text.size(), advice));
  }
  IndexListener listener(index);
  json::read(text, {path.string(), 0, "an index of shards"}, listener);
  // From behind the key to the value's own first byte.
  for (Index::Mapping& mapping : index.mappings) mapping.place.begin = text.find('"', mapping.place.begin);
  return index;
}

fs::path locate_shard(const Index& index, std::size_t shard) {
  const std::string& name = index.shards[shard];
  const fs::path folder = folder_of(index.path);
  fs::path path = folder / name;
  const auto refuse = [&](const std::string& what) {
    const auto first = std::find_if(index.mappings.begin(), index.mappings.end(), [&](const auto& m) { return m.shard == shard; });
    json::refuse_at({index.path.string(), 0, ""}, first->place.begin,
                    fmt::format("weight_map: {}: the shard {} {}", json::in_quotes(first->tensor), json::in_quotes(name), what));
  };
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    refuse(fmt::format("cannot be opened: {}; put the file beside the index, download it again or correct weight_map", error.message()));
  }
  const fs::path real_folder = fs::canonical(folder, error);
  if (!fs::is_regular_file(real, error)) refuse("is no regular file; put the shard there, or correct weight_map");
  const fs::path blobs = blobs_beside(real_folder);
  if (!is_inside(real, real_folder) && (blobs.empty() || !is_inside(real, blobs))) {
    refuse(fmt::format("is a link out of the index's folder, to {}; copy the file into the folder", real.string()));
  }
  return path;
}

std::optional<std::set<std::string>> shards_of_other_indexes(const fs::path& index) {
  std::set<std::string> shards;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of(index), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(index_suffix) || name == index.filename().string()) continue;
    try {
      const Index other = read_index(entry.path());
      shards.insert(other.shards.begin(), other.shards.end());
    } catch (const Error&) { return std::nullopt; }
  }
  if (error) return std::nullopt;
  return shards;
}

bool looks_like_index(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && bytes[first] == '{' && bytes.find("\"weight_map\"", first) != std::string_view::npos;
}

}  // namespace evenkeel::safetensors
