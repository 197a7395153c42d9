// SPDX-License-Identifier: Apache-2.0
// Matrix products: MatMul, Gemm, Einsum, the quantized and the fused ones.
#include <algorithm>
#include <array>
#include <cctype>

#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

std::optional<Dims> matrix_product(Context& c, std::optional<Dims> a, std::optional<Dims> b) {
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  const bool row = a->size() == 1;
  const bool column = b->size() == 1;
  if (row) a->insert(a->begin(), number(1));
  if (column) b->push_back(number(1));
  const Element rows = (*a)[a->size() - 2];
  const Element columns = b->back();
  auto dims = broadcast(c.symbols, Dims(a->begin(), a->end() - 2), Dims(b->begin(), b->end() - 2));
  if (!dims) return std::nullopt;
  if (!row) dims->push_back(rows);
  if (!column) dims->push_back(columns);
  return dims;
}

std::optional<Dims> transposed(std::optional<Dims> dims, bool swap) {
  if (swap && dims && dims->size() >= 2) std::swap(dims->back(), (*dims)[dims->size() - 2]);
  return dims;
}

void mat_mul(Context& c) { c.set(0, c.in(0).dtype, matrix_product(c, c.dims(0), c.dims(1))); }
void mat_mul_integer(Context& c) { c.set(0, DType::i32, matrix_product(c, c.dims(0), c.dims(1))); }
void qlinear_mat_mul(Context& c) { c.set(0, c.in(7).dtype, matrix_product(c, c.dims(0), c.dims(3))); }
void mat_mul_integer_to_float(Context& c) { c.set(0, c.in(2).dtype, matrix_product(c, c.dims(0), c.dims(1))); }

void fused_mat_mul(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (integer_of(c.node, "transBatchA", 0) != 0 || integer_of(c.node, "transBatchB", 0) != 0) return;
  c.set(0, c.in(0).dtype,
        matrix_product(c, transposed(c.dims(0), integer_of(c.node, "transA", 0) != 0),
                       transposed(c.dims(1), integer_of(c.node, "transB", 0) != 0)));
}

void packed_mat_mul(Context& c) {  // MatMulNBits: the weight is packed, its size stands in attributes
  c.set(0, c.in(0).dtype, std::nullopt);
  if (!c.dims(0) || c.dims(0)->empty()) return;
  Dims dims = *c.dims(0);
  dims.back() = number(integer_of(c.node, "N", -1));
  c.set(0, c.in(0).dtype, std::move(dims));
}

void gemm(Context& c) {
  c.set(0, c.in(0).dtype,
        Dims{c.dim(0, integer_of(c.node, "transA", 0) != 0 ? 1 : 0), c.dim(1, integer_of(c.node, "transB", 0) != 0 ? 0 : 1)});
}

void qgemm(Context& c) {
  c.set(0, c.has(8) ? c.in(8).dtype : c.in(1).dtype,
        Dims{c.dim(0, integer_of(c.node, "transA", 0) != 0 ? 1 : 0), c.dim(3, integer_of(c.node, "transB", 0) != 0 ? 0 : 1)});
}

void determinant(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  if (c.dims(0) && c.dims(0)->size() >= 2) c.set(0, c.in(0).dtype, Dims(c.dims(0)->begin(), c.dims(0)->end() - 2));
}

// One term of an equation, "ab...c": letters before and after the ellipsis.
struct Term {
  std::string before;
  std::string after;
  bool ellipsis = false;
};

Term parse_term(std::string_view text) {
  Term term;
  for (const char letter : text) {
    if (letter == '.') {
      term.ellipsis = true;
    } else if (std::isalpha(static_cast<unsigned char>(letter)) != 0) {
      (term.ellipsis ? term.after : term.before) += letter;
    }
  }
  return term;
}

struct Equation {
  std::vector<Term> inputs;
  Term output;
};

Equation parse_equation(const std::string& text) {
  Equation equation;
  const std::size_t arrow = text.find("->");
  const std::string left = text.substr(0, arrow);
  for (std::size_t start = 0; start <= left.size();) {
    const std::size_t comma = std::min(left.find(',', start), left.size());
    equation.inputs.push_back(parse_term(std::string_view(left).substr(start, comma - start)));
    start = comma + 1;
  }
  if (arrow != std::string::npos) {
    equation.output = parse_term(std::string_view(text).substr(arrow + 2));
    return equation;
  }
  std::array<int, 128> seen{};
  for (const Term& term : equation.inputs) {
    equation.output.ellipsis = equation.output.ellipsis || term.ellipsis;
    for (const char letter : term.before + term.after) ++seen[static_cast<unsigned char>(letter)];
  }
  for (std::size_t letter = 0; letter < seen.size(); ++letter)
    if (seen[letter] == 1) equation.output.after += static_cast<char>(letter);
  return equation;
}

void einsum(Context& c) {
  c.set(0, c.in(0).dtype, std::nullopt);
  const std::string text = text_of(c.node, "equation", "");
  if (std::any_of(text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) > 127; })) return;
  const Equation equation = parse_equation(text);
  if (equation.inputs.size() != c.input_count()) return;
  std::map<char, Element> sizes;
  std::optional<Dims> middle = Dims{};
  for (std::size_t slot = 0; slot < c.input_count(); ++slot) {
    const Term& term = equation.inputs[slot];
    const auto& dims = c.dims(slot);
    const std::size_t letters = term.before.size() + term.after.size();
    if (!dims) {
      if (term.ellipsis) middle.reset();
      continue;
    }
    if (dims->size() < letters || (dims->size() > letters && !term.ellipsis)) return;
    const std::string names = term.before + std::string(dims->size() - letters, '.') + term.after;
    Dims covered;
    for (std::size_t axis = 0; axis < names.size(); ++axis) {
      if (names[axis] == '.') {
        covered.push_back((*dims)[axis]);
        continue;
      }
      const auto [place, added] = sizes.try_emplace(names[axis], (*dims)[axis]);
      bool possible = true;
      if (!added) place->second = broadcast_dim(c.symbols, place->second, (*dims)[axis], possible);
    }
    middle = broadcast(c.symbols, middle, std::optional<Dims>(std::move(covered)));
  }
  if (equation.output.ellipsis && !middle) return;
  Dims dims;
  const auto append = [&](const std::string& letters) {
    for (const char letter : letters) dims.push_back(sizes.contains(letter) ? sizes[letter] : c.unknown_dim());
  };
  append(equation.output.before);
  if (equation.output.ellipsis) dims.insert(dims.end(), middle->begin(), middle->end());
  append(equation.output.after);
  c.set(0, c.in(0).dtype, std::move(dims));
}

constexpr std::string_view microsoft = "com.microsoft";

constexpr Rule rules[] = {
    {"MatMul", mat_mul},
    {"MatMulInteger", mat_mul_integer},
    {"QLinearMatMul", qlinear_mat_mul},
    {"Gemm", gemm},
    {"Einsum", einsum},
    {"Det", determinant},
    {"FusedMatMul", fused_mat_mul, microsoft},
    {"TransposeMatMul", fused_mat_mul, microsoft},
    {"FusedGemm", gemm, microsoft},
    {"GemmFastGelu", mat_mul, microsoft},
    {"QGemm", qgemm, microsoft},
    {"MatMulNBits", packed_mat_mul, microsoft},
    {"MatMulBnb4", packed_mat_mul, microsoft},
    {"MatMulInteger16", mat_mul_integer, microsoft},
    {"MatMulIntegerToFloat", mat_mul_integer_to_float, microsoft},
    {"DynamicQuantizeMatMul", mat_mul, microsoft},
};

}  // namespace

std::span<const Rule> product_rules() { return rules; }

}  // namespace evenkeel::shapes
