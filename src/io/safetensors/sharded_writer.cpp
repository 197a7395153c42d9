// SPDX-License-Identifier: Apache-2.0
// Shards get names that no file has, so that the old model stays whole until the new index takes its place.
#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "io/safetensors/shard_names.hpp"
#include "io/safetensors/writer.hpp"
#include "io/write/file_set.hpp"
#include "io/write/place.hpp"

namespace evenkeel::safetensors {
namespace {

namespace fs = std::filesystem;

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

/// Shards of the index that is replaced and of nobody else: plain files of its folder that neither the new index, nor another index, nor
/// the model that is being copied names.
std::vector<fs::path> left_over(const Weights& weights, const fs::path& out, bool in_place, const std::vector<std::string>& used) {
  std::error_code error;
  if (!fs::exists(out, error)) return {};
  std::vector<std::string> old;
  try {
    old = read_index(out).shards;
  } catch (const Error&) {
    return {};  // what is replaced was no index, so it leaves nothing that could be called its own
  }
  const std::optional<std::set<std::string>> others = shards_of_other_indexes(out);
  std::vector<fs::path> files;
  for (const std::string& name : old) {
    const fs::path file = folder_of(out) / name;
    const bool plain = name.find('/') == std::string::npos && fs::symlink_status(file, error).type() == fs::file_type::regular;
    const bool wanted =
        std::find(used.begin(), used.end(), name) != used.end() || !others || others->contains(name) ||
        (!in_place && std::any_of(weights.files.begin(), weights.files.end(), [&](const File& mine) { return is_same(mine.path, file); }));
    if (plain && !wanted) files.push_back(file);
  }
  return files;
}

std::string new_index(const Index& index, const std::vector<std::string>& names, const WriteOptions& options) {
  const std::string_view text = index.map.bytes();
  std::vector<json::TextEdit> edits = index.metadata.edits(text, options.metadata);
  for (const Index::Mapping& mapping : index.mappings) {
    if (names[mapping.shard] != index.shards[mapping.shard]) edits.push_back({mapping.place, json::text_literal(names[mapping.shard])});
  }
  return json::edited(text, std::move(edits));
}

}  // namespace

void write_sharded(const Weights& weights, const fs::path& out, const Replaced& replaced, const WriteOptions& options) {
  const Index& index = *weights.index;
  const bool in_place = is_same(out, index.path);
  ShardNames fresh(index, out);
  std::vector<std::string> names;
  FileSet set;
  for (std::size_t i = 0; i < weights.files.size(); ++i) {
    const File& file = weights.files[i];
    const bool changed = std::any_of(replaced[i].begin(), replaced[i].end(), [](const Producer* producer) { return producer != nullptr; });
    if (in_place && !changed) {
      names.push_back(index.shards[i]);
      continue;
    }
    names.push_back(fresh.fresh(i));
    set.data.push_back({folder_of(out) / names.back(), file.map.bytes(), &file.map, splice(file, replaced[i], {})});
  }
  set.obsolete = left_over(weights, out, in_place, names);
  set.commit = {out, index.map.bytes(), &index.map, {{{}, new_index(index, names, options), std::nullopt}}};
  write_files(set, options);
}

}  // namespace evenkeel::safetensors
