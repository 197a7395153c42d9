// SPDX-License-Identifier: Apache-2.0
// All products are checked: strides and offsets come from plan files.
#include "fill/layout.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

[[noreturn]] void refuse(const std::string& what) { fail(ErrorCode::invalid_argument, "fill: " + what); }

// sum + a * b
std::int64_t checked_add_product(std::int64_t sum, std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(sum, product, &result)) {
    refuse("expected strides and offsets that stay below 2^63; the view or the memory layout is too large");
  }
  return result;
}

std::vector<std::int64_t> memory_strides(const TensorView& out) {
  if (out.strides.empty()) return row_major_strides(out.shape);
  if (out.strides.size() != out.shape.size()) {
    refuse(fmt::format("expected one memory stride per axis of shape {}, got {}", to_string(out.shape), out.strides.size()));
  }
  return out.strides;
}

std::vector<std::int64_t> stream_strides(const TensorView& out, const View& view) {
  if (view.is_identity()) return row_major_strides(out.shape);
  if (view.global.empty()) refuse("expected the global shape of the tensor that owns the stream beside the view's strides or offset");
  if (out.shape.empty() && view.strides.empty()) return {};
  std::vector<std::int64_t> strides = view.strides.empty() ? row_major_strides(view.global) : view.strides;
  if (strides.size() != out.shape.size()) {
    refuse(fmt::format(
        "expected a view with one stride per axis of shape {}, got {} strides; give View::strides, one for each axis of the memory",
        to_string(out.shape), strides.size()));
  }
  return strides;
}

// Overlapping memory would be written twice, by two threads perhaps.
void check_memory(const TensorView& out, std::vector<Axis> axes) {
  std::sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.memory < b.memory; });
  std::int64_t reach = 0;
  for (const Axis& axis : axes) {
    if (axis.memory <= reach) {
      refuse(fmt::format("expected positive memory strides whose elements do not overlap, got shape {} with strides ({})",
                         to_string(out.shape), fmt::join(out.strides, ", ")));
    }
    reach = checked_add_product(reach, axis.size - 1, axis.memory);
  }
  static_cast<void>(checked_add_product(0, reach, 8));
}

void check_stream(const View& view, const std::vector<Axis>& axes) {
  if (view.is_identity()) return;
  std::int64_t least = view.offset;
  std::int64_t greatest = view.offset;
  for (const Axis& axis : axes) {
    std::int64_t& end = axis.stream < 0 ? least : greatest;
    end = checked_add_product(end, axis.size - 1, axis.stream);
  }
  const std::int64_t count = element_count(view.global);
  if (least >= 0 && greatest < count) return;
  refuse(fmt::format("expected a view inside its global shape {} of {} elements, got one that reaches from {} to {}",
                     to_string(view.global), count, least, greatest));
}

std::vector<Axis> joined(const std::vector<Axis>& axes) {
  std::vector<Axis> result;
  for (const Axis& axis : axes) {
    if (!result.empty()) {
      Axis& outer = result.back();
      std::int64_t stream = 0;
      const bool fits = !__builtin_mul_overflow(axis.stream, axis.size, &stream);
      if (fits && outer.memory == axis.memory * axis.size && outer.stream == stream) {
        outer = {outer.size * axis.size, axis.memory, axis.stream};
        continue;
      }
    }
    result.push_back(axis);
  }
  return result;
}

}  // namespace

Layout make_layout(const TensorView& out, const View& view) {
  Layout layout;
  layout.count = element_count(out.shape);
  layout.offset = view.offset;
  const std::vector<std::int64_t> memory = memory_strides(out);
  const std::vector<std::int64_t> stream = stream_strides(out, view);
  if (layout.count == 0) return layout;
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < out.shape.size(); ++i) {
    if (out.shape[i] > 1) axes.push_back({out.shape[i], memory[i], stream[i]});
  }
  check_memory(out, axes);
  check_stream(view, axes);
  layout.axes = joined(axes);
  return layout;
}

}  // namespace evenkeel
