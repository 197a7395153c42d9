// SPDX-License-Identifier: Apache-2.0
// The pieces of all files of a set, cut into items of work that any thread may take in any order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/write/file_set.hpp"

namespace evenkeel {

/// Bytes [begin, begin + size) of a piece.
struct Part {
  const Piece* piece = nullptr;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// A contiguous range of one output file, made of parts [first_part, last_part) of the list.
struct WorkItem {
  std::size_t file = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::size_t first_part = 0;
  std::size_t last_part = 0;
};

struct WorkList {
  std::vector<Part> parts;
  std::vector<WorkItem> shared;  // side by side, in the order of the files
  std::vector<WorkItem> alone;   // one after another: large payloads that are made whole, on every thread
};

/// Copies need no buffer, and fewer system calls where they are long.
inline constexpr std::uint64_t longest_copy = std::uint64_t{1} << 23U;

/// Items are about `chunk` bytes long: neighbouring small pieces go together, large ones are cut where they may be.
[[nodiscard]] WorkList make_work_list(std::span<const OutputPlan* const> files, std::uint64_t chunk);

}  // namespace evenkeel
