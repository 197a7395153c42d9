// SPDX-License-Identifier: Apache-2.0
// Elementwise functions on single elements, for contents that are followed: integers, booleans and reals, known or not.
#pragma once

#include "evenkeel/base/dtype.hpp"
#include "graph/shapes/symbols.hpp"

namespace evenkeel::shapes {

/// Type of the operands. Reals are followed in float32 and float64, rounded as the run would round them.
using Unary = Element (*)(Symbols&, DType, const Element&);
using Binary = Element (*)(Symbols&, DType, const Element&, const Element&);

Element add(Symbols&, DType, const Element&, const Element&);
Element subtract(Symbols&, DType, const Element&, const Element&);
Element multiply(Symbols&, DType, const Element&, const Element&);
Element divide(Symbols&, DType, const Element&, const Element&);
Element floor_modulo(Symbols&, DType, const Element&, const Element&);
Element c_modulo(Symbols&, DType, const Element&, const Element&);
Element minimum(Symbols&, DType, const Element&, const Element&);
Element maximum(Symbols&, DType, const Element&, const Element&);
Element equal(Symbols&, DType, const Element&, const Element&);
Element less(Symbols&, DType, const Element&, const Element&);
Element less_or_equal(Symbols&, DType, const Element&, const Element&);
Element greater(Symbols&, DType, const Element&, const Element&);
Element greater_or_equal(Symbols&, DType, const Element&, const Element&);
Element logical_and(Symbols&, DType, const Element&, const Element&);
Element logical_or(Symbols&, DType, const Element&, const Element&);
Element logical_xor(Symbols&, DType, const Element&, const Element&);

Element negate(Symbols&, DType, const Element&);
Element absolute(Symbols&, DType, const Element&);
Element floor(Symbols&, DType, const Element&);
Element ceil(Symbols&, DType, const Element&);
Element round_half_even(Symbols&, DType, const Element&);
Element square_root(Symbols&, DType, const Element&);
Element reciprocal(Symbols&, DType, const Element&);
Element sign(Symbols&, DType, const Element&);
Element logical_not(Symbols&, DType, const Element&);

Element power(DType, const Element& base, DType exponent_type, const Element& exponent);
Element cast(Symbols&, DType from, DType to, const Element&);

}  // namespace evenkeel::shapes
