// SPDX-License-Identifier: Apache-2.0
#include "io/write/work_list.hpp"

#include <algorithm>

namespace evenkeel {
namespace {

class Cutter {
 public:
  Cutter(WorkList& list, std::size_t file, std::uint64_t chunk) : list_(list), chunk_(chunk) { item_.file = file; }

  void add(const Piece& piece) {
    const std::uint64_t size = piece.size();
    if (size == 0) return;
    const std::uint64_t unit = piece.payload ? piece.payload->producer->unit : 1;
    if (unit == 0 && size > made_alone) {
      flush();
      append({&piece, 0, size});
      flush(list_.alone);
      return;
    }
    if (item_.size + size > chunk_) flush();
    const bool copied = !piece.payload && piece.literal.empty();
    const std::uint64_t step = unit == 0 ? size : copied ? longest_copy : std::max<std::uint64_t>(1, chunk_ / unit) * unit;
    for (std::uint64_t begin = 0; begin < size; begin += step) {
      append({&piece, begin, std::min(step, size - begin)});
      if (item_.size >= chunk_) flush();
    }
  }

  void flush() { flush(list_.shared); }

 private:
  void append(const Part& part) {
    list_.parts.push_back(part);
    item_.size += part.size;
  }

  void flush(std::vector<WorkItem>& items) {
    if (item_.size == 0) return;
    item_.last_part = list_.parts.size();
    item_.first_part = first_part_;
    items.push_back(item_);
    first_part_ = list_.parts.size();
    item_.offset += item_.size;
    item_.size = 0;
  }

  WorkList& list_;
  std::uint64_t chunk_;
  WorkItem item_;
  std::size_t first_part_ = list_.parts.size();
};

}  // namespace

WorkList make_work_list(std::span<const OutputPlan* const> files, std::uint64_t chunk) {
  WorkList list;
  for (std::size_t file = 0; file < files.size(); ++file) {
    Cutter cutter(list, file, chunk);
    for (const Piece& piece : files[file]->pieces) cutter.add(piece);
    cutter.flush();
  }
  return list;
}

}  // namespace evenkeel
