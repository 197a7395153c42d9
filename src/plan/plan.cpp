// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace evenkeel {

Scheme keep_scheme() { return Scheme{"keep", {}}; }

bool is_kept(const PlanEntry& entry) noexcept { return entry.scheme.name == "keep"; }

bool is_taken(const PlanEntry& entry) noexcept { return entry.source && entry.source->status == SourceStatus::taken && is_kept(entry); }

bool needs_source(const PlanEntry& entry) noexcept {
  return is_taken(entry) || (entry.source && entry.source->status == SourceStatus::extended && !is_kept(entry));
}

std::string_view to_string(SourceStatus status) noexcept {
  switch (status) {
    case SourceStatus::taken:
      return "taken";
    case SourceStatus::extended:
      return "extended";
    case SourceStatus::fresh:
      return "new";
    case SourceStatus::unfit:
      return "did not fit";
  }
  return "";
}

std::optional<StoredRows> stored_rows_of(const Shape& shape, const EntrySource& source) {
  Shape stored = source.shape;
  if (source.transposed) std::reverse(stored.begin(), stored.end());
  if (stored.size() != shape.size()) return std::nullopt;
  std::optional<StoredRows> found;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (stored[axis] == shape[axis]) continue;
    if (found || stored[axis] > shape[axis]) return std::nullopt;
    found = StoredRows{axis, stored[axis]};
  }
  return found;
}

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

namespace {

struct Range {
  double smallest = 0, largest = 0;  // the smallest subnormal, the largest finite value
};

Range range_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return {0x1p-1074, 0x1.fffffffffffffp1023};
    case DType::f32:
      return {0x1p-149, 0x1.fffffep127};
    case DType::f16:
      return {0x1p-24, 65504};
    case DType::bf16:
      return {0x1p-133, 0x1.fep127};
    case DType::f8e4m3:
      return {0x1p-9, 448};
    case DType::f8e5m2:
      return {0x1p-16, 57344};
    default:
      return {0, INFINITY};
  }
}

// A scheme that uses fans gives no spread only where a 0 is among its arguments; any other std of 0 has underflowed.
bool has_vanished(const PlanEntry& entry) {
  const SchemeRow* row = find_scheme(entry.scheme.name);
  if (row == nullptr || !row->needs_fans || entry.std != 0 || element_count(entry.geometry.shape) < 2) return false;
  return std::any_of(entry.scheme.arguments.begin(), entry.scheme.arguments.end(),
                     [](const auto& argument) {
                       const double* number = std::get_if<double>(&argument.second);
                       return number != nullptr && *number != 0;
                     }) &&
         std::none_of(entry.scheme.arguments.begin(), entry.scheme.arguments.end(), [](const auto& argument) {
           const double* number = std::get_if<double>(&argument.second);
           return number != nullptr && *number == 0;
         });
}

// All values at the largest number, or all 0 where the scheme asks for others, would be a silent accident.
void check_range(const PlanEntry& entry) {
  const Range range = range_of(entry.dtype);
  const auto refuse = [&entry](const std::string& what) {
    fail(ErrorCode::invalid_argument,
         fmt::format("scheme {} gives mean {:.4g} and std {:.4g}, {} of {}; choose another scheme or other arguments",
                     to_string(entry.scheme), entry.mean, entry.std, what, to_string(entry.dtype)));
  };
  const bool finite = std::isfinite(entry.mean) && std::isfinite(entry.std);
  if (!finite || std::abs(entry.mean) > range.largest || entry.std > range.largest)
    refuse(fmt::format("beyond the largest number ({:.4g})", range.largest));
  const double reach = std::abs(entry.mean) + 10 * entry.std;  // no normal value lies further out
  if (has_vanished(entry) || (reach > 0 && reach <= range.smallest / 2))
    refuse(fmt::format("so that every value would become 0: the smallest number ({:.4g})", range.smallest));
}

}  // namespace

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
      check_range(entry);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_argument) throw;
      fail(ErrorCode::invalid_argument, fmt::format("{}: {}", entry.name, error.what()));
    }
  }
}

}  // namespace evenkeel
