// SPDX-License-Identifier: Apache-2.0
// Names for new shards beside an index: the usual ones where they are free, else the same with eight hexadecimal digits.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "io/safetensors/index.hpp"

namespace evenkeel::safetensors {

class ShardNames {
 public:
  /// `old`: the index that is written anew as `out`.
  ShardNames(const Index& old, std::filesystem::path out);
  /// A name that no file of the folder has, and no other shard of this index. The same folder gives the same names.
  [[nodiscard]] std::string fresh(std::size_t shard);

 private:
  [[nodiscard]] bool take(const std::string& name);
  [[nodiscard]] std::string usual(std::size_t shard) const;

  const Index& old_;
  std::filesystem::path out_;
  std::set<std::string> taken_;
};

}  // namespace evenkeel::safetensors
