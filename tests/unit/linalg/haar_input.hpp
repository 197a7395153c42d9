// SPDX-License-Identifier: Apache-2.0
// Standard normals for the tests of linalg. std::normal_distribution is good enough for a law; no bits are fixed by it.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "evenkeel/linalg/orthogonal.hpp"

template <class T>
std::vector<T> make_normals(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<T> normal;
  std::vector<T> values(static_cast<std::size_t>(evenkeel::haar_normal_count(rows, columns)));
  for (T& value : values) value = normal(generator);
  return values;
}
