// SPDX-License-Identifier: Apache-2.0
// Schemes whose elements depend on each other: orthogonal and its kin, identity, dirac, sparse. They are made for the owner of the
// stream as a whole.
#pragma once

#include <span>

#include "evenkeel/rng/stream.hpp"
#include "evenkeel/schemes/scheme.hpp"
#include "schemes/blocks.hpp"

namespace evenkeel::schemes {

[[nodiscard]] bool is_structured(const Scheme& scheme);
/// The matrices the scheme works on. Throws invalid_argument where it cannot be applied.
[[nodiscard]] BlockSet structured_blocks(const Scheme& scheme, const Geometry& geometry);

/// Mean and mean square over the entries of one block.
struct BlockMoments {
  double mean = 0, second = 0;
};
[[nodiscard]] BlockMoments block_moments(const Scheme& scheme, const BlockShape& shape);

/// dense: the owner, row-major. Every element is written.
template <class T>
void generate_structured(std::span<T> dense, const Scheme& scheme, const BlockSet& set, Stream stream, int threads);

}  // namespace evenkeel::schemes
