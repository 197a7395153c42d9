// SPDX-License-Identifier: Apache-2.0
// Carries a plan out: tensor by tensor, from the model that was read to a new file, with the manifest inside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "evenkeel/io/model.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel {

struct ApplyOptions {
  std::uint64_t seed = 0;
  int threads = 0;  // 0: default_threads(); the values do not depend on it
  bool overwrite = false;
  const Model* from = nullptr;                                          // the file that the plan takes values from
  std::function<void(std::int64_t done, std::int64_t total)> progress;  // bytes
};

struct ApplyResult {
  std::int64_t tensors_written = 0, tensors_taken = 0, tensors_kept = 0;  // taken: whole, from another file
  std::int64_t elements_written = 0, bytes_written = 0;                   // of the tensors written or taken
  std::vector<std::string> notes;                                         // what the user should know: "the data stand in out.onnx.data"
};

/// Throws invalid_argument where plan and model do not fit (a name, shape or dtype that differs, a float tensor that the plan does not
/// name).
void check_fit(const Plan& plan, const Model& model);

/// Checks the fit, then writes. The manifest under manifest_key is the plan with the seed: the same plan, model and seed give the same
/// bytes, whatever the threads or backend. A plan that takes values needs options.from, but for a model that carries this very plan: it has
/// the values already.
ApplyResult apply(const Plan& plan, const Model& model, const std::filesystem::path& out, const ApplyOptions& options = {});

/// The plan stored in a written model. Throws bad_file where there is none.
[[nodiscard]] Plan read_manifest(const Model& model);

}  // namespace evenkeel
