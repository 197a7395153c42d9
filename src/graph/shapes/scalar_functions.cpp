// SPDX-License-Identifier: Apache-2.0
// Elementwise functions on single elements. A real with a symbol is an integer of unknown size that was cast.
#include "graph/shapes/scalar_functions.hpp"
#include "base/elementary.hpp"

#include <cmath>

namespace evenkeel::shapes {
namespace {

constexpr double exact_integer = 9007199254740992.0;  // 2^53: doubles below hold every integer

Element rounded(DType dtype, double value) {
  if (!std::isfinite(value)) return unknown();
  return real_number(dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value);
}

// A real element as the integer that it is, or unknown.
Element integral(const Element& a) {
  if (!a.known()) return a;
  if (std::abs(a.real) >= exact_integer || a.real != std::floor(a.real)) return unknown();
  return number(static_cast<std::int64_t>(a.real));
}

Element as_real(DType dtype, const Element& a) {
  if (!a.known()) return a;
  return rounded(dtype, static_cast<double>(a.integer));
}

using Method = Element (Symbols::*)(const Element&, const Element&);

// Reals: the exact function where both are known, else integer arithmetic where both are whole numbers.
template <typename Exact>
Element apply(Symbols& symbols, DType dtype, const Element& a, const Element& b, Method method, Exact exact) {
  if (!is_floating(dtype)) return (symbols.*method)(a, b);
  if (a.known() && b.known()) return rounded(dtype, exact(a.real, b.real));
  return as_real(dtype, (symbols.*method)(integral(a), integral(b)));
}

Element truth(bool value) { return number(value ? 1 : 0); }

Element operand(DType dtype, const Element& a) { return is_floating(dtype) ? integral(a) : a; }

}  // namespace

Element add(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return apply(symbols, dtype, a, b, &Symbols::add, [](double x, double y) { return x + y; });
}
Element subtract(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return apply(symbols, dtype, a, b, &Symbols::subtract, [](double x, double y) { return x - y; });
}
Element multiply(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return apply(symbols, dtype, a, b, &Symbols::multiply, [](double x, double y) { return x * y; });
}
Element minimum(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return apply(symbols, dtype, a, b, &Symbols::minimum, [](double x, double y) { return std::fmin(x, y); });
}
Element maximum(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return apply(symbols, dtype, a, b, &Symbols::maximum, [](double x, double y) { return std::fmax(x, y); });
}

Element divide(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  if (!is_floating(dtype)) return symbols.truncating_divide(a, b);
  if (a.known() && b.known()) return rounded(dtype, a.real / b.real);
  return b.known() && b.real == 1 ? a : unknown();
}

Element floor_modulo(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return is_floating(dtype) ? unknown() : symbols.modulo(a, b);
}

Element c_modulo(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  if (is_floating(dtype)) return a.known() && b.known() ? rounded(dtype, std::fmod(a.real, b.real)) : unknown();
  return symbols.subtract(a, symbols.multiply(b, symbols.truncating_divide(a, b)));
}

Element equal(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  if (is_floating(dtype) && a.known() && b.known()) return truth(a.real == b.real);
  const auto order = symbols.compare(operand(dtype, a), operand(dtype, b));
  return order ? truth(*order == 0) : unknown();
}

Element less(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  if (is_floating(dtype) && a.known() && b.known()) return truth(a.real < b.real);
  const Element x = operand(dtype, a);
  const Element y = operand(dtype, b);
  const auto order = symbols.compare(x, y);
  if (order) return truth(*order < 0);
  return symbols.lower_bound(symbols.subtract(x, y)).value_or(-1) >= 0 ? truth(false) : unknown();
}

Element logical_not(Symbols&, DType, const Element& a) { return a.known() ? truth(a.integer == 0) : unknown(); }

Element greater(Symbols& symbols, DType dtype, const Element& a, const Element& b) { return less(symbols, dtype, b, a); }
Element less_or_equal(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return logical_not(symbols, dtype, less(symbols, dtype, b, a));
}
Element greater_or_equal(Symbols& symbols, DType dtype, const Element& a, const Element& b) {
  return logical_not(symbols, dtype, less(symbols, dtype, a, b));
}

Element logical_and(Symbols&, DType, const Element& a, const Element& b) {
  if (a.is(0) || b.is(0)) return truth(false);
  return a.known() && b.known() ? truth(true) : unknown();
}
Element logical_or(Symbols&, DType, const Element& a, const Element& b) {
  if ((a.known() && a.integer != 0) || (b.known() && b.integer != 0)) return truth(true);
  return a.known() && b.known() ? truth(false) : unknown();
}
Element logical_xor(Symbols&, DType, const Element& a, const Element& b) {
  return a.known() && b.known() ? truth((a.integer != 0) != (b.integer != 0)) : unknown();
}

Element negate(Symbols& symbols, DType dtype, const Element& a) {
  return is_floating(dtype) ? multiply(symbols, dtype, a, real_number(-1)) : symbols.multiply(a, number(-1));
}

Element absolute(Symbols& symbols, DType dtype, const Element& a) {
  if (is_floating(dtype) && a.known()) return real_number(std::abs(a.real));
  if (symbols.lower_bound(a).value_or(-1) >= 0) return a;
  return a.known() ? negate(symbols, dtype, a) : unknown();
}

Element floor(Symbols&, DType dtype, const Element& a) { return a.known() ? rounded(dtype, std::floor(a.real)) : a; }
Element ceil(Symbols&, DType dtype, const Element& a) { return a.known() ? rounded(dtype, std::ceil(a.real)) : a; }
Element round_half_even(Symbols&, DType dtype, const Element& a) { return a.known() ? rounded(dtype, std::nearbyint(a.real)) : a; }
Element square_root(Symbols&, DType dtype, const Element& a) { return a.known() ? rounded(dtype, std::sqrt(a.real)) : unknown(); }
Element reciprocal(Symbols&, DType dtype, const Element& a) { return a.known() ? rounded(dtype, 1 / a.real) : unknown(); }

Element sign(Symbols&, DType dtype, const Element& a) {
  if (!a.known()) return unknown();
  if (is_floating(dtype)) return real_number(a.real > 0 ? 1 : a.real < 0 ? -1 : 0);
  return number(a.integer > 0 ? 1 : a.integer < 0 ? -1 : 0);
}

Element power(DType dtype, const Element& base, DType exponent_type, const Element& exponent) {
  if (!base.known() || !exponent.known()) return unknown();
  const double e = is_floating(exponent_type) ? exponent.real : static_cast<double>(exponent.integer);
  if (is_floating(dtype)) return rounded(dtype, elementary::pow(base.real, e));
  const double result = elementary::pow(static_cast<double>(base.integer), e);
  return std::abs(result) < exact_integer ? number(static_cast<std::int64_t>(result)) : unknown();
}

Element cast(Symbols& symbols, DType from, DType to, const Element& a) {
  if (to == DType::boolean) {
    if (a.known()) return truth(is_floating(from) ? a.real != 0 : a.integer != 0);
    return symbols.lower_bound(a).value_or(0) > 0 ? truth(true) : unknown();
  }
  if (is_floating(to)) return is_floating(from) ? (a.known() ? rounded(to, a.real) : a) : as_real(to, a);
  if (!is_floating(from) || !a.known()) return a;
  return std::abs(a.real) < exact_integer ? number(static_cast<std::int64_t>(a.real)) : unknown();
}

}  // namespace evenkeel::shapes
