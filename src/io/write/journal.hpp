// SPDX-License-Identifier: Apache-2.0
// One process at a time writes a target, and what a killed one left is mended: half-written files, data files whose model never came, old
// data files whose model has gone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file_identity.hpp"

namespace evenkeel {

/// What is about to be renamed, in full and on the disk under temporary names.
struct PendingCommit {
  struct File {
    std::string name;  // in the target's folder
    FileIdentity identity;
  };
  File commit;
  std::vector<File> data;
  std::vector<std::string> obsolete;  // data files of the model that is replaced
};

/// A hidden file beside the target, `.NAME.evenkeel`, locked as long as this object lives and removed with it. The temporary files of the
/// target have names made from its name, so that whoever holds the lock knows that they are nobody else's.
class Journal {
 public:
  /// Takes the lock and mends what an earlier holder left. Throws output where another process is writing the same target.
  explicit Journal(const std::filesystem::path& target);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] std::filesystem::path temporary(std::size_t number) const;
  /// Durable when this returns. From now on a later holder can tell whether the commit took place.
  void record(const PendingCommit& commit);

 private:
  enum class Found { new_file, left_over };

  Found lock(const std::filesystem::path& target);

  std::filesystem::path path_;
  int file_ = -1;
};

/// Mends every target of a folder whose writer is gone. Whoever is about to choose names for data files calls this first, so that the
/// names are those of a run that nobody killed.
void mend_folder(const std::filesystem::path& folder);

}  // namespace evenkeel
