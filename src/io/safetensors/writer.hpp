// SPDX-License-Identifier: Apache-2.0
// Writes safetensors models anew, one file or index and shards, by splicing.
#pragma once

#include <memory>

#include "io/model_writer.hpp"
#include "io/safetensors/file.hpp"

namespace evenkeel::safetensors {

[[nodiscard]] std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const Weights> weights);

/// By file and entry: the producers of new values, nullptr for what stays.
using Replaced = std::vector<std::vector<const Producer*>>;

/// The index's side of writing: names of shards, pieces, what is left over.
void write_sharded(const Weights& weights, const std::filesystem::path& out, const Replaced& replaced, const WriteOptions& options);

}  // namespace evenkeel::safetensors
