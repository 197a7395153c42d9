// SPDX-License-Identifier: Apache-2.0
// Lock, write everything under temporary names, write the journal, rename data files, rename the file that names them.
#include "io/write/file_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "io/mapped_file.hpp"
#include "io/write/journal.hpp"
#include "io/write/output_file.hpp"
#include "io/write/work.hpp"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

std::uint64_t size_of_plan(const OutputPlan& plan) {
  std::uint64_t size = 0;
  for (const Piece& piece : plan.pieces) size += piece.size();
  return size;
}

void check_targets(const FileSet& files) {
  for (const OutputPlan& plan : files.data) {
    if (folder_of(plan.target) != folder_of(files.commit.target) || plan.target.filename() == files.commit.target.filename()) {
      fail(ErrorCode::internal,
           fmt::format("{}: expected a data file beside {}, under a name of its own", plan.target.string(), files.commit.target.string()));
    }
  }
}

/// In place, the old file may have been replaced since it was read, and its data files with it.
void check_unchanged(const OutputPlan& commit) {
  std::error_code error;
  const bool in_place = commit.map != nullptr && fs::equivalent(commit.map->path(), commit.target, error);
  if (in_place && !commit.map->is_still(commit.target)) {
    fail(ErrorCode::output, fmt::format("{}: another process changed it after it was read; run the command again", commit.target.string()));
  }
}

std::vector<fs::path> left_to_remove(const FileSet& files) {
  std::vector<fs::path> obsolete = files.obsolete;
  std::erase_if(obsolete, [&](const fs::path& file) {
    const auto is_target = [&](const OutputPlan& plan) { return plan.target.lexically_normal() == file.lexically_normal(); };
    return is_target(files.commit) || std::any_of(files.data.begin(), files.data.end(), is_target);
  });
  return obsolete;
}

class Transaction {
 public:
  explicit Transaction(const FileSet& files) : files_(files), journal_(files.commit.target), obsolete_(left_to_remove(files)) {
    check_unchanged(files.commit);
    plans_.push_back(&files.commit);
    for (const OutputPlan& plan : files.data) plans_.push_back(&plan);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      outputs_.push_back(std::make_unique<OutputFile>(plans_[i]->target, journal_.temporary(i), size_of_plan(*plans_[i])));
    }
  }

  void write(const WriteOptions& options) { carry_out(plans_, outputs_, options); }

  void commit(Existing existing) {
    if (!files_.data.empty() || !obsolete_.empty()) record();
    const auto data = std::span(outputs_).subspan(1);
    try {
      for (const auto& file : data) file->commit(Existing::refuse);
      if (!data.empty()) sync_folder(folder_of(files_.commit.target));
      outputs_[0]->commit(existing);
    } catch (...) {
      for (const auto& file : data) file->take_back();
      throw;
    }
    sync_folder(folder_of(files_.commit.target));
    std::error_code error;
    for (const fs::path& file : obsolete_) fs::remove(file, error);  // what cannot be removed harms nobody
  }

 private:
  void record() {
    const auto entry = [](const OutputFile& file) { return PendingCommit::File{file.target().filename().string(), file.identity()}; };
    PendingCommit pending{entry(*outputs_[0]), {}, {}};
    for (const auto& file : std::span(outputs_).subspan(1)) pending.data.push_back(entry(*file));
    for (const fs::path& file : obsolete_) {
      if (folder_of(file) == folder_of(files_.commit.target)) pending.obsolete.push_back(file.filename().string());
    }
    journal_.record(pending);
  }

  const FileSet& files_;
  Journal journal_;  // outlives the files, so that its lock covers their removal
  std::vector<fs::path> obsolete_;
  std::vector<const OutputPlan*> plans_;              // the committing file first, as number 0 of the journal's temporary files
  std::vector<std::unique_ptr<OutputFile>> outputs_;  // likewise
};

}  // namespace

void write_files(const FileSet& files, const WriteOptions& options) {
  check_targets(files);
  Transaction transaction(files);
  transaction.write(options);
  transaction.commit(options.overwrite ? Existing::replace : Existing::refuse);
}

}  // namespace evenkeel
