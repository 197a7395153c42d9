// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/plan.hpp"

#include <fmt/format.h>

#include <map>

#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace evenkeel {

Scheme keep_scheme() { return Scheme{"keep", {}}; }

bool is_kept(const PlanEntry& entry) noexcept { return entry.scheme.name == "keep"; }

StreamOwner stream_owner_of(const Plan& plan, const PlanEntry& entry) {
  if (entry.view.is_identity()) return {entry.geometry, entry.scheme_fans};
  for (const PlanEntry& other : plan.parameters) {
    if (other.name == entry.stream && other.view.is_identity() && other.geometry.shape == entry.view.global) {
      return {other.geometry, other.scheme_fans};
    }
  }
  StreamOwner owner{entry.geometry, entry.scheme_fans};
  if (entry.view.global.size() != entry.geometry.shape.size()) {
    fail(ErrorCode::invalid_argument, fmt::format("plan: {} takes numbers of stream {} through a view of shape {}, but no entry of that "
                                                  "name and shape is in the plan; add the entry "
                                                  "or give a view of the tensor's own rank {}",
                                                  entry.name, entry.stream, to_string(entry.view.global), entry.geometry.shape.size()));
  }
  owner.geometry.shape = entry.view.global;
  return owner;
}

void update_expectations(Plan& plan) {
  for (PlanEntry& entry : plan.parameters) {
    if (is_kept(entry)) {
      entry.mean = entry.std = 0;
      continue;
    }
    try {
      const StreamOwner owner = stream_owner_of(plan, entry);
      const Expectation expected = expectation_of(entry.scheme, owner.geometry, owner.scheme_fans);
      entry.mean = expected.mean;
      entry.std = expected.std;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_argument) throw;
      fail(ErrorCode::invalid_argument, fmt::format("{}: {}", entry.name, error.what()));
    }
  }
}

}  // namespace evenkeel
