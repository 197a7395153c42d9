// SPDX-License-Identifier: Apache-2.0
// From safetensors files to a Model.
#pragma once

#include <string>

#include "evenkeel/io/model.hpp"

namespace evenkeel::safetensors {

/// One file. Throws bad_file.
[[nodiscard]] Model read_file(const std::string& path);
/// An index and the shards beside it. Throws bad_file for shards that are missing or hold other tensors than the index says.
[[nodiscard]] Model read_sharded(const std::string& path);

}  // namespace evenkeel::safetensors
