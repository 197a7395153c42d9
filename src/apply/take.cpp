// SPDX-License-Identifier: Apache-2.0
// A stored box is laid over a tensor: run by run, or, where a matrix is turned, block by block.
#include "apply/take.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "apply/convert.hpp"
#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

/// The owner's shape as (before, along, after) an axis; of `along` the first `rows` are stored.
struct Box {
  std::int64_t along = 1, after = 1, rows = 1;

  /// Index within the stored tensor, or -1.
  [[nodiscard]] std::int64_t stored_index(std::int64_t index) const {
    const std::int64_t row = index / after % along;
    return row >= rows ? -1 : (index / (after * along) * rows + row) * after + index % after;
  }
  /// How many elements from `index` on are stored, or are not, in one run.
  [[nodiscard]] std::int64_t run(std::int64_t index) const {
    const std::int64_t within = index % (after * along), stored = rows * after;
    return within < stored ? stored - within : after * along - within;
  }
};

Box box_of(const Shape& owner, const EntrySource& source) {
  if (source.status == SourceStatus::taken) {
    const std::int64_t count = element_count(owner);
    return {1, std::max<std::int64_t>(count, 1), 1};
  }
  const std::optional<StoredRows> rows = stored_rows_of(owner, source);
  if (!rows) fail(ErrorCode::internal, fmt::format("{}: shape {} does not extend the stored one", source.name, to_string(owner)));
  Box box{owner[rows->axis], 1, rows->rows};
  for (std::size_t axis = rows->axis + 1; axis < owner.size(); ++axis) box.after *= owner[axis];
  return box;
}

const Shape& owner_shape(const PlanEntry& entry) { return entry.view.is_identity() ? entry.geometry.shape : entry.view.global; }

/// How the axes of a tensor lie to those of what is stored.
enum class Turn { none, transposed, other };

Turn turn_of(const PlanEntry& entry) {
  const View& view = entry.view;
  const bool whole =
      view.is_identity() || (view.offset == 0 && view.global == entry.geometry.shape && view.strides == row_major_strides(view.global));
  const bool mirrored = view.offset == 0 && view.global.size() == 2 && view.strides == std::vector<std::int64_t>{1, view.global[1]} &&
                        entry.geometry.shape == Shape{view.global[1], view.global[0]};
  if (!whole && !mirrored) return Turn::other;
  return whole == entry.source->transposed ? Turn::transposed : Turn::none;
}

class Overlay {
 public:
  Overlay(const StoredTensor& tensor, const PlanEntry& entry, std::shared_ptr<const WeightSource> weights, TensorId id,
          NotFinite not_finite)
      : tensor_(tensor), entry_(entry), weights_(std::move(weights)), id_(id), not_finite_(std::move(not_finite)), turn_(turn_of(entry)) {
    EntrySource straight = *entry.source;
    straight.transposed = false;
    box_ = turn_ == Turn::none ? box_of(tensor.shape, straight) : box_of(owner_shape(entry), *entry.source);
  }

  [[nodiscard]] bool in_parts() const { return weights_->has_parts(id_); }
  /// Bytes that can be laid alone: a row where the matrix is turned, so that stored rows are read in runs.
  [[nodiscard]] std::uint64_t unit() const {
    const std::int64_t elements = turn_ == Turn::transposed ? std::max<std::int64_t>(tensor_.shape[1], 1) : 1;
    return in_parts() ? static_cast<std::uint64_t>(elements) * size_of(tensor_.dtype) : 0;
  }

  void lay(std::uint64_t begin, std::span<std::byte> out) const {
    const auto width = static_cast<std::int64_t>(size_of(tensor_.dtype));
    const auto first = static_cast<std::int64_t>(begin) / width, count = static_cast<std::int64_t>(out.size()) / width;
    if (turn_ == Turn::none) return lay_runs(first, count, out);
    if (turn_ == Turn::transposed) return lay_turned(first, count, out);
    lay_elements(first, count, out);
  }

  /// The bytes that the tensor has itself, where the entry has stored ones.
  void keep(std::uint64_t begin, std::span<std::byte> out) const {
    const std::size_t width = size_of(tensor_.dtype);
    const auto first = static_cast<std::int64_t>(begin / width), count = static_cast<std::int64_t>(out.size() / width);
    const TensorBytes own = weights_->read_part(id_, begin, out.size());
    for (std::int64_t done = 0; done < count; ++done) {
      if (stored_index(first + done) < 0) continue;
      const std::size_t at = static_cast<std::size_t>(done) * width;
      std::memcpy(out.data() + at, own.bytes.data() + at, width);
    }
  }

 private:
  [[nodiscard]] TensorBytes read(std::int64_t first, std::int64_t count) const {
    const std::size_t width = size_of(entry_.source->dtype);
    return weights_->read_part(id_, static_cast<std::uint64_t>(first) * width, static_cast<std::uint64_t>(count) * width);
  }

  /// `count` stored elements at the place of element `at` of `out`.
  void put(std::span<const std::byte> stored, std::int64_t at, std::int64_t count, std::span<std::byte> out) const {
    if (not_finite_ && !are_finite(stored, entry_.source->dtype)) not_finite_->store(true, std::memory_order_relaxed);
    const std::size_t width = size_of(tensor_.dtype);
    convert_elements(stored, entry_.source->dtype,
                     out.subspan(static_cast<std::size_t>(at) * width, static_cast<std::size_t>(count) * width), tensor_.dtype,
                     entry_.name);
  }

  void lay_runs(std::int64_t first, std::int64_t count, std::span<std::byte> out) const {
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t length = std::min(count - done, box_.run(first + done)), from = box_.stored_index(first + done);
      if (from >= 0) put(read(from, length).bytes, done, length, out);
      done += length;
    }
  }

  /// Element (r, c) is stored at (c, r).
  void lay_turned(std::int64_t first, std::int64_t count, std::span<std::byte> out) const {
    const std::int64_t columns = tensor_.shape[1], stored_rows = entry_.source->shape[0], stored_columns = entry_.source->shape[1];
    const std::int64_t top = first / columns, bottom = std::min((first + count - 1) / columns + 1, stored_columns);
    if (count == 0 || top >= bottom) return;
    const auto width = static_cast<std::int64_t>(size_of(entry_.source->dtype));
    std::vector<std::byte> turned(static_cast<std::size_t>((bottom - top) * stored_rows * width));
    for (std::int64_t c = 0; c < stored_rows; ++c) {
      const TensorBytes part = read(c * stored_columns + top, bottom - top);
      for (std::int64_t r = 0; r < bottom - top; ++r)
        std::memcpy(turned.data() + (r * stored_rows + c) * width, part.bytes.data() + r * width, static_cast<std::size_t>(width));
    }
    for (std::int64_t r = top; r < bottom; ++r) {
      const std::int64_t begin = std::max(first, r * columns), end = std::min(first + count, r * columns + stored_rows);
      if (begin >= end) continue;
      const std::int64_t from = (r - top) * stored_rows + begin - r * columns;
      put({turned.data() + from * width, static_cast<std::size_t>((end - begin) * width)}, begin - first, end - begin, out);
    }
  }

  void lay_elements(std::int64_t first, std::int64_t count, std::span<std::byte> out) const {
    const std::size_t width = size_of(entry_.source->dtype);
    const TensorBytes all = weights_->read(id_);
    for (std::int64_t done = 0; done < count; ++done) {
      const std::int64_t from = stored_index(first + done);
      if (from >= 0) put(all.bytes.subspan(static_cast<std::size_t>(from) * width, width), done, 1, out);
    }
  }

  /// Index of an element within what is stored, or -1.
  [[nodiscard]] std::int64_t stored_index(std::int64_t index) const {
    if (turn_ == Turn::none) return box_.stored_index(index);
    const std::int64_t owner = owner_index(index);
    if (box_.stored_index(owner) < 0 || !entry_.source->transposed) return box_.stored_index(owner);
    const std::int64_t columns = owner_shape(entry_)[1];
    return owner % columns * entry_.source->shape[1] + owner / columns;
  }

  /// Index in the tensor that owns the stream.
  [[nodiscard]] std::int64_t owner_index(std::int64_t index) const {
    if (entry_.view.is_identity()) return index;
    std::int64_t owner = entry_.view.offset;
    for (std::size_t axis = tensor_.shape.size(); axis-- > 0;) {
      owner += index % tensor_.shape[axis] * entry_.view.strides[axis];
      index /= tensor_.shape[axis];
    }
    return owner;
  }

  const StoredTensor& tensor_;
  const PlanEntry& entry_;
  std::shared_ptr<const WeightSource> weights_;
  TensorId id_;
  NotFinite not_finite_;
  Turn turn_;
  Box box_;
};

TensorId find_stored(const EntrySource& source, const Model& from) {
  const auto& tensors = from.graph.tensors;
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const StoredTensor& t) { return t.name == source.name; });
  if (found == tensors.end()) {
    fail(ErrorCode::invalid_argument,
         fmt::format("the plan takes {} from a file, and {} has no such tensor; give the file the plan was made "
                     "with, or plan anew with --from {}",
                     source.name, from.name, from.name));
  }
  if (found->shape != source.shape || found->dtype != source.dtype) {
    fail(ErrorCode::invalid_argument,
         fmt::format(
             "the plan takes {} as {} of shape {}, and in {} it is {} of shape {}; give the file the plan was made with, or plan anew "
             "with --from {}",
             source.name, to_string(source.dtype), to_string(source.shape), from.name, to_string(found->dtype), to_string(found->shape),
             from.name));
  }
  return static_cast<TensorId>(found - tensors.begin());
}

}  // namespace

Producer taken(const StoredTensor& tensor, const PlanEntry& entry, const Model& from, std::optional<Producer> rest, NotFinite not_finite) {
  const Overlay overlay(tensor, entry, from.weights, find_stored(*entry.source, from), std::move(not_finite));
  if (!rest) return {[overlay](std::uint64_t begin, std::span<std::byte> out) { overlay.lay(begin, out); }, overlay.unit()};
  return {[overlay, make = rest->make](std::uint64_t begin, std::span<std::byte> out) {
            make(begin, out);
            overlay.lay(begin, out);
          },
          overlay.in_parts() ? rest->unit : 0};
}

Producer kept_rows(const StoredTensor& tensor, TensorId id, const PlanEntry& entry, const Model& model, const Producer& rest) {
  const Overlay overlay(tensor, entry, model.weights, id, nullptr);
  return {[overlay, make = rest.make](std::uint64_t begin, std::span<std::byte> out) {
            make(begin, out);
            overlay.keep(begin, out);
          },
          overlay.in_parts() ? rest.unit : 0};
}

}  // namespace evenkeel
