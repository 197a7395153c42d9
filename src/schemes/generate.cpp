// SPDX-License-Identifier: Apache-2.0
// Independent elements go straight through fill(); structured ones are made for the owner and gathered.
#include "evenkeel/schemes/generate.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/fill/fill.hpp"
#include "fill/element.hpp"
#include "fill/layout.hpp"
#include "schemes/axes.hpp"
#include "schemes/gather.hpp"
#include "schemes/law.hpp"
#include "schemes/structured.hpp"

namespace evenkeel {
namespace {

using schemes::Region;

struct SameLaw {
  bool operator()(const Constant& a, const Constant& b) const { return a.value == b.value; }
  bool operator()(const Uniform& a, const Uniform& b) const { return a.low == b.low && a.high == b.high; }
  bool operator()(const Normal& a, const Normal& b) const { return a.mean == b.mean && a.std == b.std; }
  bool operator()(const TruncatedNormal& a, const TruncatedNormal& b) const {
    return a.mean == b.mean && a.std == b.std && a.low == b.low && a.high == b.high;
  }
  bool operator()(const LogUniform& a, const LogUniform& b) const { return a.low == b.low && a.high == b.high; }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

bool have_one_law(const std::vector<Region>& regions) {
  for (const Region& region : regions) {
    if (!std::visit(SameLaw{}, region.law, regions[0].law)) return false;
  }
  return true;
}

// Coordinates of the view's first element where the view is a box of the owner, a shard or some of its rows; nullopt for other views.
std::optional<std::vector<std::int64_t>> find_corner(const View& view, const Shape& shape, const Shape& owner) {
  if (shape.size() != owner.size() || view.strides != row_major_strides(owner)) return std::nullopt;
  std::vector<std::int64_t> corner(owner.size());
  std::int64_t rest = view.offset;
  for (std::size_t axis = 0; axis < owner.size(); ++axis) {
    corner[axis] = rest / view.strides[axis];
    rest %= view.strides[axis];
    if (corner[axis] + shape[axis] > owner[axis]) return std::nullopt;
  }
  return corner;
}

// What a box and a region have in common is a box again.
void fill_box(const TensorView& out, const Region& region, const View& view, std::int64_t first, Stream stream,
              const GenerateOptions& options) {
  const auto axis = static_cast<std::size_t>(region.axis);
  const std::int64_t begin = std::max<std::int64_t>(0, region.begin - first), end = std::min(out.shape[axis], region.end - first);
  if (begin >= end) return;
  TensorView box = out;
  box.strides = schemes::strides_of(out);
  box.shape[axis] = end - begin;
  box.data = static_cast<std::byte*>(out.data) + static_cast<std::ptrdiff_t>(size_of(out.dtype)) * begin * box.strides[axis];
  View part = view;
  part.offset += begin * view.strides[axis];
  fill(box, region.law, stream, {.view = part, .threads = options.threads, .backend = options.backend});
}

// Under a view a region need not be a box of the stored tensor: fill a copy by the region's law, and take the elements that belong to it.
void fill_viewed(const TensorView& out, const Region& region, const View& view, const Shape& owner, Stream stream,
                 const GenerateOptions& options) {
  const std::size_t size = size_of(out.dtype);
  std::vector<std::byte> copy(static_cast<std::size_t>(element_count(out.shape)) * size);
  const TensorView whole{copy.data(), out.dtype, out.shape, {}};
  fill(whole, region.law, stream, {.view = view, .threads = options.threads, .backend = options.backend});

  const auto axis = static_cast<std::size_t>(region.axis);
  const std::int64_t stride = row_major_strides(owner)[axis];
  const auto places = schemes::strides_of(out);
  const std::int64_t index_step = view.strides.empty() ? 0 : view.strides.back();
  const std::int64_t place_step = places.empty() ? 0 : places.back();
  schemes::for_each_line(out, view, options.threads, [&](const schemes::Line& line) {
    for (std::int64_t i = 0; i < line.length; ++i) {
      const std::int64_t coordinate = (line.index + i * index_step) / stride % owner[axis];
      if (coordinate < region.begin || coordinate >= region.end) continue;
      std::memcpy(static_cast<std::byte*>(out.data) + (line.place + i * place_step) * static_cast<std::ptrdiff_t>(size),
                  copy.data() + static_cast<std::size_t>(line.number * line.length + i) * size, size);
    }
  });
}

void generate_law(const TensorView& out, const std::vector<Region>& regions, const Shape& owner, Stream stream,
                  const GenerateOptions& options, const View& view) {
  if (have_one_law(regions)) {
    return fill(out, regions[0].law, stream, {.view = options.view, .threads = options.threads, .backend = options.backend});
  }
  const auto corner = find_corner(view, out.shape, owner);
  for (const Region& region : regions) {
    if (region.begin == region.end) continue;
    if (corner)
      fill_box(out, region, view, (*corner)[static_cast<std::size_t>(region.axis)], stream, options);
    else
      fill_viewed(out, region, view, owner, stream, options);
  }
}

template <class T>
void generate_and_gather(const TensorView& out, const Scheme& scheme, const schemes::BlockSet& set, const Shape& owner, Stream stream,
                         int threads, const View& view) {
  const auto count = static_cast<std::size_t>(element_count(owner));
  const bool direct = out.dtype == (sizeof(T) == sizeof(float) ? DType::f32 : DType::f64) && view.offset == 0 && out.shape == owner &&
                      view.strides == row_major_strides(owner) && schemes::strides_of(out) == row_major_strides(owner);
  if (direct) { return schemes::generate_structured(std::span<T>(static_cast<T*>(out.data), count), scheme, set, stream, threads); }
  std::vector<T> dense(count);
  schemes::generate_structured(std::span<T>(dense), scheme, set, stream, threads);
  schemes::gather(out, view, std::span<const T>(dense), threads);
}

// Entries are at most gain times a number of at most 1, or std times a normal number, which is cut at the end of the type's range.
void check_range(const Scheme& scheme, const Geometry& geometry, DType dtype) {
  const double largest = largest_finite(dtype);
  for (const SchemeParameter& parameter : find_scheme(scheme.name)->parameters) {
    if (parameter.name != "gain" && parameter.name != "std") continue;
    const double value = number_of(scheme, parameter.name);
    if (std::abs(value) <= largest) continue;
    fail(ErrorCode::invalid_argument, "scheme " + to_string(scheme) + " for " + schemes::describe(geometry) + ": expected a " +
                                          std::string(parameter.name) + " within the range of " + std::string(to_string(dtype)) +
                                          " (up to " + std::to_string(largest) + "); choose a smaller value or a wider type");
  }
}

}  // namespace

bool is_elementwise(const Scheme& scheme) { return schemes::has_law(scheme); }

void generate(const TensorView& out, const Scheme& scheme, const Geometry& geometry, Stream stream, std::span<const Fans> fans,
              const GenerateOptions& options) {
  const DefaultFloatingPoint environment;
  if (!is_floating(out.dtype)) {
    fail(ErrorCode::invalid_argument, "generate: expected a floating element type for " + schemes::describe(geometry) + ", got " +
                                          std::string(to_string(out.dtype)) + "; such tensors are kept");
  }
  if (!schemes::is_structured(scheme) && !schemes::has_law(scheme)) {
    fail(ErrorCode::invalid_argument, "generate: expected a scheme that generates values for " + schemes::describe(geometry) + ", got " +
                                          to_string(scheme) + "; copy the stored bytes");
  }
  const View view = schemes::complete_view(options.view, out, geometry.shape);
  if (schemes::is_structured(scheme)) {
    if (!options.backend.empty()) {
      fail(ErrorCode::invalid_argument,
           "generate: expected no backend for " + to_string(scheme) + ", whose products choose theirs by EVENKEEL_BACKEND; leave it out");
    }
    static_cast<void>(make_layout(out, view));  // memory that overlaps would be written twice
    check_range(scheme, geometry, out.dtype);
    const schemes::BlockSet set = schemes::structured_blocks(scheme, geometry);
    if (element_count(out.shape) == 0) return;
    if (out.dtype == DType::f64) return generate_and_gather<double>(out, scheme, set, geometry.shape, stream, options.threads, view);
    return generate_and_gather<float>(out, scheme, set, geometry.shape, stream, options.threads, view);
  }
  const std::vector<Region> regions = schemes::regions_of(scheme, geometry, fans);
  if (element_count(out.shape) == 0) return;
  generate_law(out, regions, geometry.shape, stream, options, view);
}

}  // namespace evenkeel
