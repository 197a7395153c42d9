// SPDX-License-Identifier: Apache-2.0
// Random orthogonal matrices without LAPACK: bit-identical on every machine, vector width and thread count.
#pragma once

#include <cstdint>
#include <span>

namespace evenkeel {

/// How many standard normals a Haar matrix of this size consumes.
[[nodiscard]] std::int64_t haar_normal_count(std::int64_t rows, std::int64_t columns);

/// Writes a (rows, columns) row-major matrix from the Haar law: orthonormal rows if rows <= columns, else orthonormal columns.
/// Products of random Householder reflections (Stewart 1980), signs as in Mezzadri 2007; every sum is one fma chain in a fixed order.
/// Throws invalid_argument where the spans do not have rows*columns and haar_normal_count elements.
void make_haar(std::span<float> out, std::int64_t rows, std::int64_t columns, std::span<const float> normals, int threads = 0);
void make_haar(std::span<double> out, std::int64_t rows, std::int64_t columns, std::span<const double> normals, int threads = 0);

/// +1 or -1: the determinant of the square matrix that make_haar() makes from these normals, known from its reflections, at the cost of
/// `size` comparisons. For standard normals: where all numbers of a reflection vanish when squared it is none. Throws invalid_argument
/// where there are not haar_normal_count(size, size) normals.
[[nodiscard]] int haar_determinant(std::int64_t size, std::span<const float> normals);
[[nodiscard]] int haar_determinant(std::int64_t size, std::span<const double> normals);

}  // namespace evenkeel
