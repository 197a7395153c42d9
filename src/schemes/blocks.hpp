// SPDX-License-Identifier: Apache-2.0
// The separate matrices inside a tensor: one per gate, projection, group, head, expert and direction. Each is (rows, inputs x taps), rows
// being outputs, and has the same orientation whatever the layout, so that a transposed copy holds the transposed matrix.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/base/geometry.hpp"

namespace evenkeel::schemes {

/// Offsets in elements from a block's base; element (r, i, t) stands at base + rows[r] + inputs[i] + taps[t]. Column of a matrix: i * taps
/// + t.
struct BlockShape {
  std::vector<std::int64_t> rows, inputs, taps;

  [[nodiscard]] std::int64_t row_count() const noexcept { return static_cast<std::int64_t>(rows.size()); }
  [[nodiscard]] std::int64_t input_count() const noexcept { return static_cast<std::int64_t>(inputs.size()); }
  [[nodiscard]] std::int64_t tap_count() const noexcept { return static_cast<std::int64_t>(taps.size()); }
  [[nodiscard]] std::int64_t column_count() const noexcept { return input_count() * tap_count(); }
  [[nodiscard]] std::int64_t column_offset(std::int64_t column) const noexcept {
    return inputs[static_cast<std::size_t>(column / tap_count())] + taps[static_cast<std::size_t>(column % tap_count())];
  }
};

struct Block {
  std::int64_t base = 0;
  std::size_t section = 0;
};

struct BlockSet {
  std::vector<BlockShape> shapes;    // per section (one where blocks are whole)
  std::vector<Block> blocks;         // batch axes outermost, then sections, then groups
  std::vector<std::int64_t> kernel;  // sizes of the spatial axes

  [[nodiscard]] const BlockShape& shape_of(const Block& block) const noexcept { return shapes[block.section]; }
};

/// whole: sections, groups and heads are not separated (experts and directions are).
[[nodiscard]] BlockSet make_blocks(const Geometry& geometry, bool whole);

}  // namespace evenkeel::schemes
