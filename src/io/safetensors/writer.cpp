// SPDX-License-Identifier: Apache-2.0
// Checks what is asked for, then splices: header bytes but for new metadata, and data but for new values, are copied.
#include "io/safetensors/writer.hpp"

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "io/write/file_set.hpp"
#include "io/write/place.hpp"

namespace evenkeel::safetensors {
namespace {

namespace fs = std::filesystem;

bool names_index(const fs::path& path) { return path.filename().string().ends_with(index_suffix); }

class Writer final : public ModelWriter {
 public:
  explicit Writer(std::shared_ptr<const Weights> weights) : weights_(std::move(weights)) {}

  void write(const fs::path& given, std::span<const Replacement> replacements, const WriteOptions& options) const override {
    const fs::path out = target_of(given);
    check_name(given, out);
    std::error_code error;
    if (!options.overwrite && fs::exists(out, error)) fail_exists(given);
    if (!options.splits.empty()) {
      fail(ErrorCode::invalid_argument,
           fmt::format("write_model: '{}' cannot be taken apart: a file of weights has no nodes that would read the parts",
                       weights_->entry(options.splits.front().tensor).name));
    }
    const Replaced replaced = place(replacements);
    if (weights_->index)
      write_sharded(*weights_, out, replaced, options);
    else
      write_file(out, replaced, options);
  }

 private:
  void check_name(const fs::path& given, const fs::path& out) const {
    const std::string name = out.filename().string();
    if (weights_->index && !names_index(out)) {
      fail(
          ErrorCode::invalid_argument,
          fmt::format("{}: expected a name that ends in {}, since {} is an index with shards, which are written beside the new one; try {}",
                      given.string(), index_suffix, weights_->index->path.string(),
                      (given.parent_path() / (given.stem().string() + ".safetensors" + std::string(index_suffix))).string()));
    }
    if (!weights_->index && names_index(out)) {
      fail(ErrorCode::invalid_argument, fmt::format("{}: expected the name of one file, since {} is one file without an index; try {}",
                                                    given.string(), weights_->files.front().path.string(),
                                                    (given.parent_path() / name.substr(0, name.size() - index_suffix.size())).string()));
    }
  }

  Replaced place(std::span<const Replacement> replacements) const {
    Replaced replaced;
    for (const File& file : weights_->files) replaced.emplace_back(file.header.entries.size(), nullptr);
    for (const Replacement& replacement : replacements) {
      (void)check_replacement(*weights_, replacement);
      const Weights::Place at = weights_->places[static_cast<std::size_t>(replacement.tensor)];
      const Producer*& producer = replaced[at.file][at.entry];
      if (producer != nullptr) {
        fail(ErrorCode::invalid_argument, fmt::format("write_model: '{}' is replaced twice", weights_->entry(replacement.tensor).name));
      }
      producer = &replacement.producer;
    }
    return replaced;
  }

  void write_file(const fs::path& out, const Replaced& replaced, const WriteOptions& options) const {
    const File& file = weights_->files.front();
    const std::string_view header = file.map.bytes().substr(length_bytes, file.header.length);
    const std::vector<json::TextEdit> edits = file.header.metadata.edits(header, options.metadata);
    const std::string changed = edits.empty() ? std::string() : json::edited(header, edits);
    write_files({{}, {out, file.map.bytes(), &file.map, splice(file, replaced.front(), changed)}, {}}, options);
  }

  std::shared_ptr<const Weights> weights_;
};

}  // namespace

std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const Weights> weights) {
  return std::make_shared<Writer>(std::move(weights));
}

}  // namespace evenkeel::safetensors
