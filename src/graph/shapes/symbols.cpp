// SPDX-License-Identifier: Apache-2.0
// Polynomials over unknown integers, numbered by value: the same expression gets the same symbol.
#include "graph/shapes/symbols.hpp"

#include <algorithm>
#include <limits>

namespace evenkeel::shapes {
namespace {

constexpr std::size_t max_terms = 8;
constexpr std::size_t max_degree = 8;

std::optional<std::int64_t> floor_quotient(std::int64_t a, std::int64_t b) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return std::nullopt;
  const std::int64_t quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

}  // namespace

Symbols::Symbols() : symbols_(1) {}

Element Symbols::fresh(bool nonnegative, bool varies) {
  const auto id = static_cast<std::int32_t>(symbols_.size());
  symbols_.push_back({.polynomial = {{{id}, 1}}, .nonnegative = nonnegative, .varying = varies});
  return {.symbol = id};
}

Element Symbols::dimension() { return fresh(true, false); }
Element Symbols::integer() { return fresh(false, false); }
Element Symbols::varying() { return fresh(true, true); }

bool Symbols::is_varying(const Element& a) const {
  if (a.symbol <= 0) return false;
  for (const auto& [monomial, coefficient] : symbols_[static_cast<std::size_t>(a.symbol)].polynomial)
    for (const std::int32_t id : monomial)
      if (symbols_[static_cast<std::size_t>(id)].varying) return true;
  return false;
}

Symbols::Polynomial Symbols::polynomial_of(const Element& a) const {
  if (a.symbol > 0) return symbols_[static_cast<std::size_t>(a.symbol)].polynomial;
  if (a.integer == 0) return {};
  return {{{}, a.integer}};
}

Element Symbols::intern(Polynomial polynomial) {
  if (polynomial.empty()) return number(0);
  if (polynomial.size() == 1 && polynomial[0].first.empty()) return number(polynomial[0].second);
  if (polynomial.size() == 1 && polynomial[0].first.size() == 1 && polynomial[0].second == 1) return {.symbol = polynomial[0].first[0]};
  if (polynomial.size() > max_terms) return integer();
  const auto [place, added] = interned_.try_emplace(polynomial, static_cast<std::int32_t>(symbols_.size()));
  if (added) {
    bool varies = false;
    for (const auto& [monomial, coefficient] : polynomial)
      for (const std::int32_t id : monomial) varies = varies || symbols_[static_cast<std::size_t>(id)].varying;
    symbols_.push_back({.polynomial = std::move(polynomial), .nonnegative = false, .varying = varies});
  }
  return {.symbol = place->second};
}

Element Symbols::atom(Relation relation, const Element& a, const Element& b, bool nonnegative) {
  const auto key = std::make_tuple(relation, a.symbol, a.known() ? a.integer : 0, b.symbol, b.known() ? b.integer : 0);
  if (const auto found = atoms_.find(key); found != atoms_.end()) return {.symbol = found->second};
  const Element result = fresh(nonnegative, is_varying(a) || is_varying(b));
  atoms_.emplace(key, result.symbol);
  return result;
}

Element Symbols::add(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0) return unknown();
  if (a.known() && b.known()) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.integer, b.integer, &sum) ? integer() : number(sum);
  }
  Polynomial sum = polynomial_of(a);
  for (const auto& [monomial, coefficient] : polynomial_of(b)) {
    const auto place =
        std::lower_bound(sum.begin(), sum.end(), monomial, [](const auto& term, const Monomial& m) { return term.first < m; });
    if (place == sum.end() || place->first != monomial) {
      sum.insert(place, {monomial, coefficient});
    } else if (__builtin_add_overflow(place->second, coefficient, &place->second)) {
      return integer();
    } else if (place->second == 0) {
      sum.erase(place);
    }
  }
  return intern(std::move(sum));
}

Element Symbols::subtract(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0) return unknown();
  if (same(a, b)) return number(0);
  if (a.known() && b.known()) {
    std::int64_t difference = 0;
    return __builtin_sub_overflow(a.integer, b.integer, &difference) ? integer() : number(difference);
  }
  return add(a, multiply(b, number(-1)));
}

Element Symbols::multiply(const Element& a, const Element& b) {
  if (a.is(0) || b.is(0)) return number(0);
  if (a.symbol < 0 || b.symbol < 0) return unknown();
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  if (a.known() && b.known()) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a.integer, b.integer, &product) ? integer() : number(product);
  }
  std::map<Monomial, std::int64_t> product;
  const Polynomial right = polynomial_of(b);
  for (const auto& [left_monomial, left] : polynomial_of(a))
    for (const auto& [right_monomial, factor] : right) {
      Monomial monomial(left_monomial);
      monomial.insert(monomial.end(), right_monomial.begin(), right_monomial.end());
      std::sort(monomial.begin(), monomial.end());
      std::int64_t term = 0;
      if (monomial.size() > max_degree || __builtin_mul_overflow(left, factor, &term)) return integer();
      std::int64_t& sum = product[monomial];
      if (__builtin_add_overflow(sum, term, &sum)) return integer();
    }
  std::erase_if(product, [](const auto& term) { return term.second == 0; });
  return intern(Polynomial(product.begin(), product.end()));
}

std::optional<Element> Symbols::divide_exactly(const Element& a, const Element& b) {
  const Polynomial divisor = polynomial_of(b);
  if (same(a, b)) return number(1);
  if (divisor.size() != 1) return std::nullopt;
  Polynomial quotient;
  for (const auto& [monomial, coefficient] : polynomial_of(a)) {
    if (divisor[0].second == -1 || coefficient % divisor[0].second != 0) return std::nullopt;
    if (!std::includes(monomial.begin(), monomial.end(), divisor[0].first.begin(), divisor[0].first.end())) return std::nullopt;
    Monomial rest;
    std::set_difference(monomial.begin(), monomial.end(), divisor[0].first.begin(), divisor[0].first.end(), std::back_inserter(rest));
    quotient.emplace_back(std::move(rest), coefficient / divisor[0].second);
  }
  std::sort(quotient.begin(), quotient.end());
  return intern(std::move(quotient));
}

Element Symbols::floor_divide(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0 || b.is(0)) return unknown();
  if (b.is(1)) return a;
  if (a.known() && b.known()) {
    const auto quotient = floor_quotient(a.integer, b.integer);
    return quotient ? number(*quotient) : integer();
  }
  if (const auto exact = divide_exactly(a, b)) return *exact;
  const bool nonnegative = lower_bound(a).value_or(-1) >= 0 && lower_bound(b).value_or(-1) >= 0;
  if (!b.known() || b.integer < 0) return atom(Relation::quotient, a, b, nonnegative);
  // floor((b q + r) / b) = q + floor(r / b), where the coefficients of r are brought into [0, b): one form for one number.
  Polynomial whole;
  Polynomial rest;
  for (const auto& [monomial, coefficient] : polynomial_of(a)) {
    const std::int64_t quotient = *floor_quotient(coefficient, b.integer);
    if (quotient != 0) whole.emplace_back(monomial, quotient);
    if (coefficient != quotient * b.integer) rest.emplace_back(monomial, coefficient - quotient * b.integer);
  }
  const Element remainder = intern(std::move(rest));
  if (remainder.known()) return add(intern(std::move(whole)), number(remainder.integer / b.integer));
  return add(intern(std::move(whole)), atom(Relation::quotient, remainder, b, lower_bound(remainder).value_or(-1) >= 0));
}

Element Symbols::ceil_divide(const Element& a, const Element& b) { return subtract(number(0), floor_divide(subtract(number(0), a), b)); }

Element Symbols::truncating_divide(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0 || b.is(0)) return unknown();
  if (a.known() && b.known()) {
    if (b.integer == -1) return subtract(number(0), a);
    return number(a.integer / b.integer);
  }
  if (const auto exact = divide_exactly(a, b)) return *exact;
  if (lower_bound(a).value_or(-1) >= 0 && lower_bound(b).value_or(-1) >= 0) return floor_divide(a, b);
  return atom(Relation::truncated, a, b, false);
}

Element Symbols::modulo(const Element& a, const Element& b) { return subtract(a, multiply(b, floor_divide(a, b))); }

Element Symbols::minimum(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0) return unknown();
  if (lower_bound(subtract(b, a)).value_or(-1) >= 0) return a;
  if (lower_bound(subtract(a, b)).value_or(-1) >= 0) return b;
  return atom(Relation::minimum, a, b, lower_bound(a).value_or(-1) >= 0 && lower_bound(b).value_or(-1) >= 0);
}

Element Symbols::maximum(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0) return unknown();
  if (lower_bound(subtract(a, b)).value_or(-1) >= 0) return a;
  if (lower_bound(subtract(b, a)).value_or(-1) >= 0) return b;
  return atom(Relation::maximum, a, b, lower_bound(a).value_or(-1) >= 0 || lower_bound(b).value_or(-1) >= 0);
}

bool Symbols::made_of_dimensions(const Element& a) const {
  if (a.symbol < 0) return false;
  for (const auto& [monomial, coefficient] : polynomial_of(a))
    for (const std::int32_t id : monomial)
      if (!symbols_[static_cast<std::size_t>(id)].nonnegative) return false;
  return true;
}

std::optional<std::int64_t> Symbols::lower_bound(const Element& a) const {
  if (a.symbol < 0) return std::nullopt;
  if (a.known()) return a.integer;
  std::int64_t bound = 0;
  for (const auto& [monomial, coefficient] : symbols_[static_cast<std::size_t>(a.symbol)].polynomial) {
    if (monomial.empty()) {
      bound = coefficient;
      continue;
    }
    if (coefficient < 0) return std::nullopt;
    for (const std::int32_t id : monomial)
      if (!symbols_[static_cast<std::size_t>(id)].nonnegative) return std::nullopt;
  }
  return bound;
}

std::optional<int> Symbols::compare(const Element& a, const Element& b) {
  if (a.symbol < 0 || b.symbol < 0) return std::nullopt;
  if (a.known() && b.known()) return a.integer < b.integer ? -1 : a.integer > b.integer ? 1 : 0;
  if (same(a, b)) return 0;
  if (lower_bound(subtract(a, b)).value_or(0) > 0) return 1;
  if (lower_bound(subtract(b, a)).value_or(0) > 0) return -1;
  return std::nullopt;
}

bool Symbols::differ(const Element& a, const Element& b) {
  const auto order = compare(a, b);
  return order && *order != 0;
}

}  // namespace evenkeel::shapes
