// SPDX-License-Identifier: Apache-2.0
// make_haar() on a given kernel, so that tests can compare kernels.
#pragma once

#include <cstdint>
#include <span>

#include "linalg/product_kernel.hpp"

namespace evenkeel::linalg {

template <class T>
void make_haar_with(const ProductKernel& kernel, std::span<T> out, std::int64_t rows, std::int64_t columns, std::span<const T> normals,
                    int threads);

}  // namespace evenkeel::linalg
