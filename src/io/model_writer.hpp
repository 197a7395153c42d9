// SPDX-License-Identifier: Apache-2.0
// How a format writes itself: the interface behind Model::writer.
#pragma once

#include "evenkeel/io/model.hpp"

namespace evenkeel {

class ModelWriter {
 public:
  virtual ~ModelWriter() = default;
  virtual void write(const std::filesystem::path& out, std::span<const Replacement> replacements, const WriteOptions& options) const = 0;
};

}  // namespace evenkeel
