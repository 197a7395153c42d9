// SPDX-License-Identifier: Apache-2.0
// What init may not write over: files it reads, caches that others share, and names that promise another format.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/io/model.hpp"

namespace evenkeel::app {

/// Everything that a run of init reads.
struct Inputs {
  const Model* model;
  const Model* from;                        // null without --from
  std::vector<std::filesystem::path> plan;  // the file of --plan; a model's, where it is one that init wrote
  std::string recipe;                       // a name or a file
};

/// Throws invalid_argument where the suffix of `out` is that of another format than the model's.
void check_suffix(const Model& model, const std::filesystem::path& out);
/// Throws invalid_argument for a file of a cache such as Hugging Face's, which names files by their content and links to them.
void check_no_cache(const std::filesystem::path& out);
/// Throws invalid_argument where writing `out` would replace or remove a file that is read, but for the model itself in place.
void check_spares_inputs(const Inputs& inputs, const std::filesystem::path& out, bool in_place);

}  // namespace evenkeel::app
