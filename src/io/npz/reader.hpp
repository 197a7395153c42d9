// SPDX-License-Identifier: Apache-2.0
// From a NumPy archive to a Model.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "evenkeel/io/model.hpp"
#include "io/mapped_file.hpp"
#include "io/npz/checks.hpp"
#include "io/npz/member.hpp"

namespace evenkeel::npz {

struct Arrays {
  std::filesystem::path path;
  MappedFile map;
  Archive archive;
  std::vector<Member> members;  // by TensorId
  std::shared_ptr<Checks> checks;
};

/// Throws bad_file.
[[nodiscard]] Model read_npz(const std::string& path);

}  // namespace evenkeel::npz
