// SPDX-License-Identifier: Apache-2.0
// A part is a run of slices along one axis of the stored tensor, and a slice has a view of its own onto the stream.
#include "apply/producer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "evenkeel/rng/stream.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace evenkeel {
namespace {

// Slices longer than this are cut along the next axis.
constexpr std::int64_t longest_slice = std::int64_t{1} << 19U;
// Numbers come in runs along the stream. Where the stream runs across the slices, this many of them keep the runs long.
constexpr std::int64_t slices_across = 128, least_across = 8;
constexpr std::int64_t longest_unit = std::int64_t{1} << 24U;

/// Axis along which a tensor is cut, bytes of one slice, and slices that go together.
struct Cut {
  std::size_t axis = 0;
  std::int64_t slice = 0;
  std::int64_t together = 1;
};

Cut cut_along(const StoredTensor& tensor, std::size_t axis) {
  Cut cut{axis, static_cast<std::int64_t>(size_of(tensor.dtype)), 1};
  for (std::size_t inner = axis + 1; inner < tensor.shape.size(); ++inner) cut.slice *= tensor.shape[inner];
  return cut;
}

Cut cut_of(const StoredTensor& tensor, const View& view) {
  const std::size_t rank = tensor.shape.size();
  std::size_t axis = 0;
  while (axis + 1 < rank && cut_along(tensor, axis).slice > longest_slice) ++axis;
  const auto less = [](std::int64_t a, std::int64_t b) { return std::abs(a) < std::abs(b); };
  const auto stream = std::min_element(view.strides.begin(), view.strides.end(), less) - view.strides.begin();
  if (view.strides.empty() || static_cast<std::size_t>(stream) + 1 == rank) return cut_along(tensor, axis);
  Cut across = cut_along(tensor, std::min(axis, static_cast<std::size_t>(stream)));
  if (across.slice > longest_unit / least_across) return cut_along(tensor, axis);
  across.together = std::clamp<std::int64_t>(longest_unit / across.slice, 1, slices_across);
  return across;
}

class Generator {
 public:
  Generator(const Plan& plan, const StoredTensor& tensor, const PlanEntry& entry, std::uint64_t seed)
      : tensor_(tensor), entry_(entry), stream_(make_stream(seed, entry.stream)) {
    if (!entry.view.is_identity()) owner_ = std::make_shared<const StreamOwner>(stream_owner_of(plan, entry));
  }

  void make(std::span<std::byte> out, int threads) const {
    generate({out.data(), tensor_.dtype, tensor_.shape, {}}, entry_.scheme, geometry(), stream_, fans(), {entry_.view, threads});
  }

  /// `begin` and the size of `out` are multiples of a slice.
  void make_part(std::uint64_t begin, std::span<std::byte> out) const {
    const Cut cut = cut_of(tensor_, entry_.view);
    const View whole = entry_.view.is_identity() ? View{tensor_.shape, row_major_strides(tensor_.shape), 0} : entry_.view;
    const std::int64_t length = tensor_.shape.empty() ? 1 : tensor_.shape[cut.axis];
    std::int64_t first = static_cast<std::int64_t>(begin) / cut.slice;
    const std::int64_t end = first + static_cast<std::int64_t>(out.size()) / cut.slice;
    for (std::byte* data = out.data(); first < end;) {
      const std::int64_t count = std::min(end - first, length - first % length);
      TensorView part{data, tensor_.dtype, tensor_.shape, {}};
      View view = whole;
      restrict_to(first, count, cut.axis, part.shape, view);
      generate(part, entry_.scheme, geometry(), stream_, fans(), {view, 1});
      data += count * cut.slice;
      first += count;
    }
  }

 private:
  [[nodiscard]] const Geometry& geometry() const { return owner_ == nullptr ? entry_.geometry : owner_->geometry; }
  [[nodiscard]] const std::vector<Fans>& fans() const { return owner_ == nullptr ? entry_.scheme_fans : owner_->scheme_fans; }

  /// Slices [first, first + count) of an axis, numbered through all axes before it.
  static void restrict_to(std::int64_t first, std::int64_t count, std::size_t axis, Shape& shape, View& view) {
    if (shape.empty()) return;
    for (std::size_t at = axis + 1; at-- > 0;) {
      view.offset += first % shape[at] * view.strides[at];
      first /= shape[at];
      shape[at] = at == axis ? count : 1;
    }
  }

  const StoredTensor& tensor_;
  const PlanEntry& entry_;
  Stream stream_;
  std::shared_ptr<const StreamOwner> owner_;  // null where the entry owns its stream
};

}  // namespace

Producer generated(const Plan& plan, const StoredTensor& tensor, const PlanEntry& entry, std::uint64_t seed, int threads) {
  const Generator generator(plan, tensor, entry, seed);
  const bool fits = entry.view.is_identity() || entry.view.strides.size() == tensor.shape.size();  // else generate() says what is wrong
  if (fits && is_elementwise(entry.scheme)) {
    const Cut cut = cut_of(tensor, entry.view);
    return {[generator](std::uint64_t begin, std::span<std::byte> out) { generator.make_part(begin, out); },
            static_cast<std::uint64_t>(cut.slice * cut.together)};
  }
  return {[generator, threads](std::uint64_t, std::span<std::byte> out) { generator.make(out, out.size() > made_alone ? threads : 1); }, 0};
}

Producer stored(std::shared_ptr<const WeightSource> weights, TensorId tensor) {
  const bool in_parts = weights->has_parts(tensor);
  return {[weights = std::move(weights), tensor](std::uint64_t begin, std::span<std::byte> out) {
            const TensorBytes part = weights->read_part(tensor, begin, out.size());
            std::memcpy(out.data(), part.bytes.data(), out.size());
          },
          in_parts ? 1U : 0U};
}

}  // namespace evenkeel
