// SPDX-License-Identifier: Apache-2.0
// Carries a list of work out: while some threads compute tensors, others hand theirs to the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/write/file_set.hpp"
#include "io/write/output_file.hpp"

namespace evenkeel {

/// Writes every piece of plans[i] to outputs[i]. Memory: a buffer of some MiB per thread, and a large tensor that is only made whole. The
/// first failure stops all threads and is rethrown.
void carry_out(std::span<const OutputPlan* const> plans, std::span<const std::unique_ptr<OutputFile>> outputs, const WriteOptions& options);

}  // namespace evenkeel
