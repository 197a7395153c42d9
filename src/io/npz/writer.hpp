// SPDX-License-Identifier: Apache-2.0
// Writes NumPy archives anew: members that stay are copied as they stand, packed or not.
#pragma once

#include <memory>

#include "io/model_writer.hpp"
#include "io/npz/reader.hpp"

namespace evenkeel::npz {

[[nodiscard]] std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const Arrays> arrays);

}  // namespace evenkeel::npz
