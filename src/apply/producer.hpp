// SPDX-License-Identifier: Apache-2.0
// How the writer gets a tensor's bytes: parts of it at a time, where its scheme and its storage allow that.
#pragma once

#include <cstdint>
#include <memory>

#include "evenkeel/graph/weight_source.hpp"
#include "evenkeel/io/model.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel {

/// New values by a plan's entry. Any cut gives the bytes of the whole. `plan`, `tensor` and `entry` are borrowed. `threads`: for what can
/// only be made whole, and is large.
[[nodiscard]] Producer generated(const Plan& plan, const StoredTensor& tensor, const PlanEntry& entry, std::uint64_t seed, int threads);

/// Stored bytes, as they stand.
[[nodiscard]] Producer stored(std::shared_ptr<const WeightSource> weights, TensorId tensor);

}  // namespace evenkeel
