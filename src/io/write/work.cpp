// SPDX-License-Identifier: Apache-2.0
#include "io/write/work.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "io/mapped_file.hpp"
#include "io/write/work_list.hpp"

namespace evenkeel {
namespace {

// All buffers together stay below this, however many threads there are.
constexpr std::uint64_t buffer_budget = std::uint64_t{1} << 26U;
// A buffer that stays in a core's cache between making and writing costs half of one that does not.
constexpr std::uint64_t smallest_chunk = std::uint64_t{1} << 18U, largest_chunk = std::uint64_t{1} << 19U;
// More threads than this wait for each other at the same file.
constexpr int most_threads = 64;
// Items per thread, so that none is left waiting for the last.
constexpr std::uint64_t items_per_thread = 4;

std::uint64_t total_size(std::span<const OutputPlan* const> plans) {
  std::uint64_t size = 0;
  for (const OutputPlan* const plan : plans) {
    for (const Piece& piece : plan->pieces) size += piece.size();
  }
  return size;
}

std::uint64_t chunk_for(std::uint64_t total, int threads) {
  const auto count = static_cast<std::uint64_t>(threads);
  return std::clamp(std::min(buffer_budget / count, total / (count * items_per_thread)), smallest_chunk, largest_chunk);
}

/// Memory that is not cleared before use, and grows where an item is longer than those before it.
class Buffer {
 public:
  std::span<std::byte> get(std::uint64_t size) {
    if (size > capacity_) {
      bytes_.reset();
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      capacity_ = size;
    }
    return {bytes_.get(), static_cast<std::size_t>(size)};
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::uint64_t capacity_ = 0;
};

class Work {
 public:
  Work(std::span<const OutputPlan* const> plans, std::span<const std::unique_ptr<OutputFile>> outputs, const WriteOptions& options,
       int threads)
      : plans_(plans),
        outputs_(outputs),
        options_(options),
        total_(total_size(plans)),
        threads_(threads),
        list_(make_work_list(plans, chunk_for(total_, threads))) {}

  void run() {
    const std::int64_t team = team_size();
    parallel_for(team, 1, static_cast<int>(team), [this](std::int64_t, std::int64_t) { take_items(); });
    Buffer buffer;
    for (const WorkItem& item : list_.alone) do_item(item, buffer);
    report();
  }

 private:
  /// Some payloads come in units that are long; fewer buffers hold them.
  [[nodiscard]] std::int64_t team_size() const {
    std::uint64_t longest = 1;
    for (const WorkItem& item : list_.shared) longest = std::max(longest, item.size);
    const std::uint64_t affordable = std::max<std::uint64_t>(1, 2 * buffer_budget / longest);
    return static_cast<std::int64_t>(
        std::min({static_cast<std::uint64_t>(threads_), affordable, static_cast<std::uint64_t>(list_.shared.size())}));
  }

  void take_items() {
    Buffer buffer;
    while (!stopped_.load(std::memory_order_relaxed)) {
      const std::size_t next = next_.fetch_add(1, std::memory_order_relaxed);
      if (next >= list_.shared.size()) return;
      try {
        do_item(list_.shared[next], buffer);
      } catch (...) {
        stopped_.store(true, std::memory_order_relaxed);
        throw;
      }
    }
  }

  void do_item(const WorkItem& item, Buffer& buffer) {
    const Part& first = list_.parts[item.first_part];
    const bool copied = item.last_part == item.first_part + 1 && !first.piece->payload && first.piece->literal.empty();
    if (copied) {
      copy(item, first);
      return;
    }
    const std::span<std::byte> bytes = buffer.get(item.size);
    std::uint64_t at = 0;
    for (std::size_t i = item.first_part; i < item.last_part; ++i) {
      const Part& part = list_.parts[i];
      make(item, part, bytes.subspan(at, part.size));
      at += part.size;
    }
    write(item, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  /// Producers write whole elements. Behind other pieces an item's part may begin anywhere, so that it is made elsewhere and copied.
  static void make_aligned(const Producer& producer, std::uint64_t begin, std::span<std::byte> out) {
    if (reinterpret_cast<std::uintptr_t>(out.data()) % alignof(std::max_align_t) == 0) return producer.make(begin, out);
    std::vector<std::byte> aligned(out.size());
    producer.make(begin, aligned);
    std::memcpy(out.data(), aligned.data(), aligned.size());
  }

  void make(const WorkItem& item, const Part& part, std::span<std::byte> out) const {
    const Piece& piece = *part.piece;
    if (piece.payload) return make_aligned(*piece.payload->producer, part.begin, out);
    const OutputPlan& plan = *plans_[item.file];
    const std::string_view from = piece.literal.empty() ? plan.source.substr(piece.copy.begin, piece.copy.size()) : piece.literal;
    std::memcpy(out.data(), from.data() + part.begin, out.size());
    if (plan.map != nullptr && piece.literal.empty()) plan.map->forget(piece.copy.begin + part.begin, part.size);
  }

  /// Straight from the map to the file.
  void copy(const WorkItem& item, const Part& part) {
    const OutputPlan& plan = *plans_[item.file];
    const std::uint64_t begin = part.piece->copy.begin + part.begin;
    if (plan.map != nullptr) plan.map->expect(begin, part.size);
    write(item, plan.source.substr(begin, part.size));
    if (plan.map != nullptr) plan.map->forget(begin, part.size);
  }

  void write(const WorkItem& item, std::string_view bytes) {
    for (std::uint64_t at = 0; at < bytes.size(); at += longest_copy) {
      const std::string_view part = bytes.substr(at, longest_copy);
      outputs_[item.file]->write(item.offset + at, part);
      done_.fetch_add(part.size(), std::memory_order_relaxed);
      report();
    }
  }

  void report() {
    if (!options_.progress || std::this_thread::get_id() != caller_) return;
    options_.progress(static_cast<std::int64_t>(done_.load(std::memory_order_relaxed)), static_cast<std::int64_t>(total_));
  }

  std::span<const OutputPlan* const> plans_;
  std::span<const std::unique_ptr<OutputFile>> outputs_;
  const WriteOptions& options_;
  std::uint64_t total_;
  int threads_;
  WorkList list_;
  const std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace

void carry_out(std::span<const OutputPlan* const> plans, std::span<const std::unique_ptr<OutputFile>> outputs,
               const WriteOptions& options) {
  const int threads = std::min(options.threads > 0 ? options.threads : default_threads(), most_threads);
  Work(plans, outputs, options, threads).run();
}

}  // namespace evenkeel
