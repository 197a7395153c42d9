// SPDX-License-Identifier: Apache-2.0
// Values that come from another file: how the writer gets them, part by part.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "evenkeel/io/model.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel {

/// Set by producers, on any thread, once a value that was taken is NaN or infinite.
using NotFinite = std::shared_ptr<std::atomic<bool>>;

/// The values of a taken entry; over those of `rest` where the entry is extended. `tensor`, `entry` and `from` are borrowed. Throws
/// invalid_argument where `from` lacks the tensor, or has another shape or type than the plan says.
[[nodiscard]] Producer taken(const StoredTensor& tensor, const PlanEntry& entry, const Model& from, std::optional<Producer> rest,
                             NotFinite not_finite = nullptr);

/// The stored rows of a model that was extended before, over `rest`.
[[nodiscard]] Producer kept_rows(const StoredTensor& tensor, TensorId id, const PlanEntry& entry, const Model& model, const Producer& rest);

}  // namespace evenkeel
