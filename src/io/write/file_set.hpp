// SPDX-License-Identifier: Apache-2.0
// Files that belong together (a model and its data files, an index and its shards) and appear together: the last rename is the commit.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "io/write/piece.hpp"

namespace evenkeel {

class MappedFile;

struct OutputPlan {
  std::filesystem::path target;
  std::string_view source;          // what Piece::copy means
  const MappedFile* map = nullptr;  // the file behind `source`, where there is one
  std::vector<Piece> pieces;
};

struct FileSet {
  std::vector<OutputPlan> data;  // in the folder of `commit`, under names that no file has yet
  OutputPlan commit;             // the file that names the others, or the only one
  /// Data files of the model that is replaced, which the new one no longer reads: removed once the committing file has taken its place.
  /// Every format's writer fills this in; a file that is a target of this set, or that does not exist, is passed over.
  std::vector<std::filesystem::path> obsolete;
};

/// Data files first, then the committing file: written under temporary names, brought to the disk, renamed in this order. Until the last
/// rename a reader finds the old model, afterwards the new one. Throws output (disk full, forbidden folder) and invalid_argument (the
/// target exists and may not be replaced), leaving nothing behind.
void write_files(const FileSet& files, const WriteOptions& options);

}  // namespace evenkeel
