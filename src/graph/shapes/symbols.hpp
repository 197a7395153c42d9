// SPDX-License-Identifier: Apache-2.0
// Numbers of shape arithmetic, known or not. Sums and products of unknown ones are kept as polynomials, so that equal expressions are
// recognised.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace evenkeel::shapes {

inline constexpr std::int32_t unknown_symbol = -1;

/// A dimension or an element of a small tensor. `integer` holds a known integer or boolean, `real` a known floating-point number.
struct Element {
  std::int64_t integer = 0;
  double real = 0;
  std::int32_t symbol = 0;  // 0 = known; > 0 = an unknown integer that equals all others of this symbol; unknown_symbol = nothing known

  [[nodiscard]] bool known() const noexcept { return symbol == 0; }
  [[nodiscard]] bool is(std::int64_t value) const noexcept { return symbol == 0 && integer == value; }
};

[[nodiscard]] inline Element number(std::int64_t value) noexcept { return {.integer = value}; }
[[nodiscard]] inline Element real_number(double value) noexcept { return {.real = value}; }
[[nodiscard]] inline Element unknown() noexcept { return {.symbol = unknown_symbol}; }

using Dims = std::vector<Element>;
using Content = std::vector<Element>;

/// Same known integer or same symbol.
[[nodiscard]] inline bool same(const Element& a, const Element& b) noexcept {
  return a.symbol == b.symbol && (a.symbol > 0 || (a.symbol == 0 && a.integer == b.integer));
}

/// Integer arithmetic on elements. What overflows or grows too long becomes a new unknown number.
class Symbols {
 public:
  Symbols();

  /// A new unknown number >= 0, as dimensions are.
  [[nodiscard]] Element dimension();
  /// A new unknown integer of either sign.
  [[nodiscard]] Element integer();
  /// A new dimension that need not be the same for all elements of a sequence.
  [[nodiscard]] Element varying();
  [[nodiscard]] bool is_varying(const Element& a) const;

  [[nodiscard]] Element add(const Element& a, const Element& b);
  [[nodiscard]] Element subtract(const Element& a, const Element& b);
  [[nodiscard]] Element multiply(const Element& a, const Element& b);
  [[nodiscard]] Element floor_divide(const Element& a, const Element& b);
  [[nodiscard]] Element ceil_divide(const Element& a, const Element& b);
  /// Rounds towards 0, as Div does.
  [[nodiscard]] Element truncating_divide(const Element& a, const Element& b);
  /// Result has the sign of the divisor.
  [[nodiscard]] Element modulo(const Element& a, const Element& b);
  [[nodiscard]] Element minimum(const Element& a, const Element& b);
  [[nodiscard]] Element maximum(const Element& a, const Element& b);
  /// Whether it is made of dimensions alone, so that it cannot be a -1 that stands for something.
  [[nodiscard]] bool made_of_dimensions(const Element& a) const;
  /// Greatest number that is known to be <= a.
  [[nodiscard]] std::optional<std::int64_t> lower_bound(const Element& a) const;
  /// -1, 0, 1 where a < b, a == b, a > b is certain.
  [[nodiscard]] std::optional<int> compare(const Element& a, const Element& b);
  /// Whether a != b is certain.
  [[nodiscard]] bool differ(const Element& a, const Element& b);

 private:
  using Monomial = std::vector<std::int32_t>;                         // sorted atoms, empty for the constant
  using Polynomial = std::vector<std::pair<Monomial, std::int64_t>>;  // sorted by monomial, no coefficient 0
  enum class Relation : std::uint8_t { quotient, truncated, minimum, maximum };
  struct Symbol {
    Polynomial polynomial;
    bool nonnegative = false;
    bool varying = false;
  };

  [[nodiscard]] Element fresh(bool nonnegative, bool varies);
  [[nodiscard]] Element atom(Relation relation, const Element& a, const Element& b, bool nonnegative);
  [[nodiscard]] Polynomial polynomial_of(const Element& a) const;
  [[nodiscard]] Element intern(Polynomial polynomial);
  [[nodiscard]] std::optional<Element> divide_exactly(const Element& a, const Element& b);

  std::vector<Symbol> symbols_;
  std::map<Polynomial, std::int32_t> interned_;
  std::map<std::tuple<Relation, std::int32_t, std::int64_t, std::int32_t, std::int64_t>, std::int32_t> atoms_;
};

}  // namespace evenkeel::shapes
