// SPDX-License-Identifier: Apache-2.0
// Numbers are computed in f64 and rounded once to the type the law is computed in (f32, or f64 for f64 elements).
#include "fill/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "fill/coefficients.hpp"
#include "fill/element.hpp"
#include "fill/normal_law.hpp"

namespace evenkeel {
namespace {

template <class Real>
struct Traits;
template <>
struct Traits<float> {
  static constexpr int word_bits = 32;
  static constexpr double unit = 0x1p-32;           // one word
  static constexpr double grid = 0x1p-24;           // one step of the uniform grid
  static constexpr double narrow_centre = 0x1p-15;  // windows of less probability are uniform
  static constexpr double narrow_far = 0x1p-11;     // windows of a smaller drop of ln Q are uniform
  static constexpr double centre_limit = static_cast<double>(coefficients_f32::centre_limit) - 0x1p-16;
  static constexpr double log_grid = 0x1.8p29;  // a sum with it is rounded to the grid of logarithms
  static constexpr std::int64_t exponent_offset = 2 * 127 - 0x4b400000;
};
template <>
struct Traits<double> {
  static constexpr int word_bits = 64;
  static constexpr double unit = 0x1p-64;
  static constexpr double grid = 0x1p-53;
  static constexpr double narrow_centre = 0x1p-30;
  static constexpr double narrow_far = 0x1p-25;
  static constexpr double centre_limit = coefficients_f64::centre_limit - 0x1p-40;
  static constexpr double log_grid = 0x1.8p0;
  static constexpr std::int64_t exponent_offset = std::int64_t{2} * 1023 - 0x4338000000000000;
};

[[noreturn]] void refuse(const std::string& what) { fail(ErrorCode::invalid_argument, "fill: " + what); }

void check_range(DType dtype, const char* name, double value) {
  const double largest = largest_finite(dtype);
  if (std::isfinite(value) && std::abs(value) <= largest) return;
  refuse(fmt::format("expected a {} within the range of {} (up to {}), got {}; choose a smaller value or a wider type", name,
                     to_string(dtype), largest, value));
}

Prepared constant_of(DType dtype, double value) {
  check_range(dtype, "value", value);
  Prepared result;
  result.constant = encode(dtype, value);
  return result;
}

struct Bounds {
  double lowest, highest;
};

// The values of the type inside the bounds.
Bounds bounds_inside(DType dtype, double low, double high, Edge edge) {
  const std::optional<double> lowest = least_from(dtype, low);
  const std::optional<double> highest = greatest_to(dtype, high, edge);
  if (lowest && highest && *lowest <= *highest) return {*lowest, *highest};
  refuse(
      fmt::format("expected bounds with at least one value of {} between them, got low {} and high {}; widen them or choose a wider type",
                  to_string(dtype), low, high));
}

template <class Real>
LawNumbers<Real>& numbers_of(KernelArguments& arguments) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    return arguments.f32;
  } else {
    return arguments.f64;
  }
}

template <class Real>
void set_bounds(LawNumbers<Real>& numbers, const Bounds& bounds) {
  numbers.lowest = static_cast<Real>(bounds.lowest);
  numbers.highest = static_cast<Real>(bounds.highest);
}

// A symmetric interval takes the odd multiples of high * grid, which lie symmetrically; any other low + k * (high - low) * grid.
template <class Real>
Law set_uniform(LawNumbers<Real>& numbers, double low, double high) {
  const bool symmetric = low == -high;
  numbers.grid_step = static_cast<Real>(symmetric ? 2 * Traits<Real>::grid : Traits<Real>::grid);
  numbers.grid_start = static_cast<Real>(symmetric ? Traits<Real>::grid - 1 : 0);
  numbers.scale = static_cast<Real>(symmetric ? high : high - low);
  numbers.offset = static_cast<Real>(symmetric ? 0 : low);
  return Law::uniform;
}

template <class Real>
Prepared prepared_uniform(const Uniform& law, DType dtype) {
  check_range(dtype, "low", law.low);
  check_range(dtype, "high", law.high);
  if (law.low > law.high) refuse(fmt::format("expected low <= high, got low {} and high {}", law.low, law.high));
  if (law.low == law.high) return constant_of(dtype, law.low);
  if (law.low != -law.high) check_range(sizeof(Real) == sizeof(float) ? DType::f32 : DType::f64, "width high - low", law.high - law.low);
  Prepared result;
  LawNumbers<Real>& numbers = numbers_of<Real>(result.arguments);
  set_bounds(numbers, bounds_inside(dtype, law.low, law.high, Edge::excluded));
  result.law = set_uniform(numbers, law.low, law.high);
  return result;
}

void check_parent(DType dtype, double mean, double std) {
  check_range(dtype, "mean", mean);
  check_range(dtype, "std", std);
  if (std < 0) refuse(fmt::format("expected std >= 0, got {}", std));
}

template <class Real>
Prepared prepared_normal(const Normal& law, DType dtype) {
  check_parent(dtype, law.mean, law.std);
  if (law.std == 0) return constant_of(dtype, law.mean);
  Prepared result;
  LawNumbers<Real>& numbers = numbers_of<Real>(result.arguments);
  set_bounds(numbers, {-largest_finite(dtype), largest_finite(dtype)});
  numbers.scale = static_cast<Real>(law.std);
  numbers.offset = static_cast<Real>(law.mean);
  result.law = Law::normal;
  return result;
}

// Bounds in units of std around the mean, at least one of them within 17/8 of it or both sides used.
template <class Real>
Law set_truncated(KernelArguments& arguments, const TruncatedNormal& law, double alpha, double beta) {
  using T = Traits<Real>;
  LawNumbers<Real>& n = numbers_of<Real>(arguments);
  const double v_low = centred_phi(alpha);
  const double v_high = centred_phi(beta);
  const double mass = v_high - v_low;
  if (mass < T::narrow_centre) return set_uniform(n, law.low, law.high);
  const double words = 1 / T::unit;
  // Words below `limit` are on the lower side of the mean; `place` is where the mean falls among the words.
  double place = 0;
  double limit = 0;
  double fraction_lower = 0.5;
  double fraction_upper = 0.5;
  if (beta <= 0) {
    limit = words;
  } else if (alpha < 0) {
    place = (-v_low / mass) * words;
    limit = std::min(std::ceil(place - 0.5), words);
    fraction_lower = (place - limit) + 0.5;
    fraction_upper = (limit - place) + 0.5;
  }
  const bool all_lower = limit == words;
  arguments.word_mask = all_lower ? 0 : ~std::uint64_t{0};
  arguments.lower_limit = all_lower ? 1 : static_cast<std::uint64_t>(limit);
  arguments.first_upper = all_lower ? 0 : static_cast<std::uint64_t>(limit);
  n.step = static_cast<Real>(mass * T::unit);
  n.fraction_lower = static_cast<Real>(fraction_lower);
  n.fraction_upper = static_cast<Real>(fraction_upper);
  n.start_lower = static_cast<Real>(beta <= 0 ? -v_high : 0);
  n.start_upper = static_cast<Real>(alpha >= 0 ? v_low : 0);
  n.tail_lower = static_cast<Real>(upper_tail(-alpha));
  n.tail_upper = static_cast<Real>(upper_tail(beta));
  n.scale = static_cast<Real>(law.std);
  n.offset = static_cast<Real>(law.mean);
  return std::max(std::abs(v_low), std::abs(v_high)) <= T::centre_limit ? Law::truncated_centre : Law::truncated;
}

// near and far are the distances of the bounds from the mean in units of std, 17/8 <= near < far.
template <class Real>
Law set_far(KernelArguments& arguments, const TruncatedNormal& law, double near, double far, bool upper) {
  using T = Traits<Real>;
  LawNumbers<Real>& n = numbers_of<Real>(arguments);
  const double drop = tail_drop(near, far);
  if (drop < T::narrow_far) return set_uniform(n, law.low, law.high);
  arguments.word_mask = upper ? ~std::uint64_t{0} : 0;
  n.step = static_cast<Real>(one_minus_exp_minus(drop) * T::unit);
  n.tail_upper = static_cast<Real>(exp_minus(drop));
  n.far_bound = static_cast<Real>(near);
  n.far_mills = static_cast<Real>(mills(near));
  n.scale = static_cast<Real>(upper ? law.std : -law.std);
  n.offset = static_cast<Real>(upper ? law.low : law.high);
  return Law::truncated_far;
}

template <class Real>
Prepared prepared_truncated(const TruncatedNormal& law, DType dtype) {
  check_parent(sizeof(Real) == sizeof(float) ? DType::f32 : DType::f64, law.mean, law.std);
  if (std::isnan(law.low) || std::isnan(law.high) || law.low > law.high) {
    refuse(fmt::format("expected low <= high, got low {} and high {}", law.low, law.high));
  }
  if (law.low == law.high) return constant_of(dtype, law.low);
  const Bounds bounds = bounds_inside(dtype, law.low, law.high, Edge::included);
  if (law.std == 0) {
    if (law.low <= law.mean && law.mean <= law.high) return constant_of(dtype, std::clamp(law.mean, bounds.lowest, bounds.highest));
    refuse(
        fmt::format("expected std > 0 or a mean between the bounds, got mean {}, std 0, low {} and high {}", law.mean, law.low, law.high));
  }
  constexpr double point = 0x1p60;  // so far out the law is a point in every element type
  const double alpha = (law.low - law.mean) / law.std;
  const double beta = (law.high - law.mean) / law.std;
  if (alpha > point) return constant_of(dtype, bounds.lowest);
  if (beta < -point) return constant_of(dtype, bounds.highest);
  Prepared result;
  set_bounds(numbers_of<Real>(result.arguments), bounds);
  constexpr double far_limit = coefficients_f64::far_limit;
  if (alpha >= far_limit) {
    result.law = set_far<Real>(result.arguments, law, alpha, beta, true);
  } else if (beta <= -far_limit) {
    result.law = set_far<Real>(result.arguments, law, -beta, -alpha, false);
  } else {
    result.law = set_truncated<Real>(result.arguments, law, alpha, beta);
  }
  return result;
}

// Octaves are counted in two doubles: their number may be large, and its last places decide the last places of a value.
template <class Real>
void set_log_uniform(KernelArguments& arguments, double low, double high) {
  using T = Traits<Real>;
  constexpr double half = T::word_bits == 32 ? 0x1p-16 : 0x1p-32;
  const auto on_grid = [](double x) { return (x + T::log_grid) - T::log_grid; };
  const BinaryLog first = binary_log(low);
  const BinaryLog last = binary_log(high);
  const double whole = last.whole - first.whole;
  const double part = last.part - first.part;
  const double octaves = whole + part;
  const double octaves_rest = part - (octaves - whole);
  const double step = on_grid(octaves * half);
  const double start = on_grid(first.part);
  LawNumbers<Real>& n = numbers_of<Real>(arguments);
  n.log_step = static_cast<Real>(step);
  n.log_step_rest = static_cast<Real>((octaves * half - step) + octaves_rest * half);
  n.log_fine = static_cast<Real>(octaves * half * half);
  n.log_start = static_cast<Real>(start);
  n.log_start_rest = static_cast<Real>(first.part - start);
  arguments.exponent_offset = static_cast<std::uint64_t>(static_cast<std::int64_t>(first.whole) + T::exponent_offset);
}

template <class Real>
Prepared prepared_log_uniform(const LogUniform& law, DType dtype) {
  check_range(dtype, "low", law.low);
  check_range(dtype, "high", law.high);
  if (!(law.low > 0) || law.low > law.high) refuse(fmt::format("expected 0 < low <= high, got low {} and high {}", law.low, law.high));
  const double least = *least_from(dtype, std::numeric_limits<double>::denorm_min());
  if (law.low < least) {
    refuse(fmt::format("expected a low of at least {}, the least positive value of {}, got {}; choose a larger low or a wider type", least,
                       to_string(dtype), law.low));
  }
  if (law.low == law.high) return constant_of(dtype, law.low);
  Prepared result;
  set_bounds(numbers_of<Real>(result.arguments), bounds_inside(dtype, law.low, law.high, Edge::excluded));
  set_log_uniform<Real>(result.arguments, law.low, law.high);
  result.law = Law::log_uniform;
  return result;
}

template <class Real>
struct Visitor {
  DType dtype;
  Prepared operator()(const Constant& law) const { return constant_of(dtype, law.value); }
  Prepared operator()(const Uniform& law) const { return prepared_uniform<Real>(law, dtype); }
  Prepared operator()(const Normal& law) const { return prepared_normal<Real>(law, dtype); }
  Prepared operator()(const TruncatedNormal& law) const { return prepared_truncated<Real>(law, dtype); }
  Prepared operator()(const LogUniform& law) const { return prepared_log_uniform<Real>(law, dtype); }
};

}  // namespace

Prepared prepare(const Distribution& distribution, DType dtype, Stream stream) {
  if (!is_floating(dtype)) {
    refuse("expected a floating element type, got " + std::string(to_string(dtype)) + "; integer tensors are kept as they are");
  }
  const bool f64 = dtype == DType::f64;
  Prepared result = f64 ? std::visit(Visitor<double>{dtype}, distribution) : std::visit(Visitor<float>{dtype}, distribution);
  const Stream source = f64 ? substream(stream, "f64") : stream;
  result.arguments.key[0] = static_cast<std::uint32_t>(source.seed);
  result.arguments.key[1] = static_cast<std::uint32_t>(source.seed >> 32);
  result.arguments.name = source.name;
  return result;
}

}  // namespace evenkeel
