// SPDX-License-Identifier: Apache-2.0
#include "schemes/gather.hpp"

#include <algorithm>
#include <string>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"
#include "evenkeel/base/parallel.hpp"
#include "fill/element.hpp"

namespace evenkeel::schemes {
namespace {

constexpr std::int64_t elements_per_piece = 1 << 15;

template <class T, class Stored, class Round>
void gather_as(const TensorView& out, const View& view, std::span<const T> dense, int threads, Round round) {
  auto* data = static_cast<Stored*>(out.data);
  const std::int64_t index_step = view.strides.empty() ? 0 : view.strides.back();
  const auto strides = strides_of(out);
  const std::int64_t place_step = strides.empty() ? 0 : strides.back();
  for_each_line(out, view, threads, [&](const Line& line) {
    for (std::int64_t i = 0; i < line.length; ++i) {
      data[line.place + i * place_step] = round(dense[static_cast<std::size_t>(line.index + i * index_step)]);
    }
  });
}

}  // namespace

std::vector<std::int64_t> strides_of(const TensorView& out) { return out.strides.empty() ? row_major_strides(out.shape) : out.strides; }

View complete_view(const View& view, const TensorView& out, const Shape& owner) {
  if (view.is_identity()) {
    if (out.shape != owner) {
      fail(ErrorCode::invalid_argument, "generate: expected the shape of the geometry, " + to_string(owner) + ", got " +
                                            to_string(out.shape) + "; a stored tensor of another shape needs a view");
    }
    return {owner, row_major_strides(owner), 0};
  }
  if (view.global != owner || view.strides.size() != out.shape.size()) {
    fail(ErrorCode::invalid_argument, "generate: expected a view of " + to_string(owner) +
                                          " with one stride per stored axis, got a view of " + to_string(view.global) + " with " +
                                          std::to_string(view.strides.size()) + " strides for " + to_string(out.shape) +
                                          "; the geometry must be that of the view's owner");
  }
  if (element_count(out.shape) == 0) return view;
  std::int64_t low = view.offset;
  std::int64_t high = view.offset;
  for (std::size_t axis = 0; axis < out.shape.size(); ++axis) {
    std::int64_t reach = 0;
    std::int64_t& end = view.strides[axis] < 0 ? low : high;
    if (__builtin_mul_overflow(view.strides[axis], out.shape[axis] - 1, &reach) || __builtin_add_overflow(end, reach, &end)) {
      fail(ErrorCode::invalid_argument, "generate: expected strides and an offset that stay below 2^63, got stride " +
                                            std::to_string(view.strides[axis]) + " for shape " + to_string(out.shape));
    }
  }
  if (low < 0 || high >= element_count(owner)) {
    fail(ErrorCode::invalid_argument, "generate: expected a view inside its owner of " + std::to_string(element_count(owner)) +
                                          " elements, got indices from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return view;
}

void for_each_line(const TensorView& out, const View& view, int threads, const std::function<void(const Line&)>& body) {
  const auto places = strides_of(out);
  const std::size_t rank = out.shape.size();
  const std::int64_t length = rank == 0 ? 1 : out.shape.back();
  const std::int64_t rows = length == 0 ? 0 : element_count(out.shape) / length;
  const std::int64_t grain = std::max<std::int64_t>(1, elements_per_piece / std::max<std::int64_t>(1, length));
  parallel_for(rows, grain, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      Line line{r, view.offset, 0, length};
      std::int64_t rest = r;
      for (std::size_t axis = rank < 2 ? 0 : rank - 1; axis-- > 0;) {
        const std::int64_t coordinate = rest % out.shape[axis];
        rest /= out.shape[axis];
        line.index += coordinate * view.strides[axis];
        line.place += coordinate * places[axis];
      }
      body(line);
    }
  });
}

template <class T>
void gather(const TensorView& out, const View& view, std::span<const T> dense, int threads) {
  // As fill() does: beyond the largest value of the type that value is written.
  const double largest = largest_finite(out.dtype);
  const auto run = [&]<class Stored>(Stored, auto round) {
    gather_as<T, Stored>(out, view, dense, threads, [&](T x) { return round(std::clamp(static_cast<double>(x), -largest, largest)); });
  };
  switch (out.dtype) {
    case DType::f64:
      return run(double{}, [](double x) { return x; });
    case DType::f32:
      return run(float{}, [](double x) { return static_cast<float>(x); });
    case DType::f16:
      return run(std::uint16_t{}, [](double x) { return f16_from_float(static_cast<float>(x)); });
    case DType::bf16:
      return run(std::uint16_t{}, [](double x) { return bf16_from_float(static_cast<float>(x)); });
    case DType::f8e4m3:
      return run(std::uint8_t{}, [](double x) { return f8e4m3_from_float(static_cast<float>(x)); });
    case DType::f8e5m2:
      return run(std::uint8_t{}, [](double x) { return f8e5m2_from_float(static_cast<float>(x)); });
    default:
      fail(ErrorCode::internal, "gather: no floating type");
  }
}

template void gather(const TensorView&, const View&, std::span<const float>, int);
template void gather(const TensorView&, const View&, std::span<const double>, int);

}  // namespace evenkeel::schemes
