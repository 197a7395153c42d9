// SPDX-License-Identifier: Apache-2.0
#include "fill/tiling.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace evenkeel {
namespace {

constexpr std::int64_t run_length = 1 << 16;  // elements of one contiguous run
constexpr std::int64_t tile_along = 256;      // stream indices of a tile that is turned around in a buffer
constexpr std::int64_t tile_across = 32;
constexpr std::int64_t widest_stride = 32;  // up to here whole runs are made and every stride-th value is taken

std::int64_t pieces(std::int64_t size, std::int64_t piece) { return (size - 1) / piece + 1; }

// A stride of 0 repeats one number and gains nothing from runs: last.
std::uint64_t rank(const Axis& axis) { return static_cast<std::uint64_t>(std::abs(axis.stream)) - 1; }

struct Move {
  std::int64_t count, to, from;
};

template <class Word>
void move(const char* buffer, std::int64_t from, char* out, Move inner, Move outer) {
  if (outer.to < inner.to && outer.count > 1) std::swap(inner, outer);
  constexpr std::int64_t bytes = sizeof(Word);
  for (std::int64_t j = 0; j < outer.count; ++j) {
    const char* source = buffer + (from + j * outer.from) * bytes;
    char* target = out + j * outer.to * bytes;
    for (std::int64_t i = 0; i < inner.count; ++i)
      std::memcpy(target + i * inner.to * bytes, source + i * inner.from * bytes, sizeof(Word));
  }
}

}  // namespace

Tiling::Tiling(const Layout& layout, const Source& source, char* data)
    : source_(source), data_(data), offset_(layout.offset), rest_(layout.axes) {
  along_ = take([](const Axis& a, const Axis& b) { return rank(a) < rank(b); });
  direct_ = along_.stream == 1 && along_.memory == 1;
  if (!direct_) across_ = take([](const Axis& a, const Axis& b) { return a.memory < b.memory; });
  stride_ = std::abs(along_.stream);
  along_tile_ = std::min(along_.size, direct_ ? run_length : tile_along);
  across_tile_ = stride_ == 1 && !direct_ ? std::min(across_.size, tile_across) : 1;
  tiles_ = pieces(along_.size, along_tile_) * pieces(across_.size, across_tile_);
  for (const Axis& axis : rest_) tiles_ *= axis.size;
}

std::int64_t Tiling::grain() const noexcept { return std::max<std::int64_t>(1, grain_elements / (along_tile_ * across_tile_)); }

void Tiling::run(std::int64_t begin, std::int64_t end) const {
  std::vector<char> buffer;
  for (std::int64_t tile = begin; tile < end; ++tile) run_tile(tile, buffer);
}

template <class Less>
Axis Tiling::take(Less less) {
  if (rest_.empty()) return {1, 1, 1};
  const auto found = std::min_element(rest_.begin(), rest_.end(), less);
  const Axis axis = *found;
  rest_.erase(found);
  return axis;
}

void Tiling::run_tile(std::int64_t tile, std::vector<char>& buffer) const {
  std::int64_t memory = 0;
  std::int64_t index = offset_;
  const auto step = [&](const Axis& axis, std::int64_t at) {
    memory += at * axis.memory;
    index += at * axis.stream;
  };
  const std::int64_t along_tiles = pieces(along_.size, along_tile_);
  const std::int64_t across_tiles = pieces(across_.size, across_tile_);
  const std::int64_t along = tile % along_tiles * along_tile_;
  tile /= along_tiles;
  const std::int64_t across = tile % across_tiles * across_tile_;
  tile /= across_tiles;
  step(along_, along);
  step(across_, across);
  for (auto axis = rest_.rbegin(); axis != rest_.rend(); ++axis) {
    step(*axis, tile % axis->size);
    tile /= axis->size;
  }
  const std::int64_t length = std::min(along_.size - along, along_tile_);
  char* out = data_ + memory * source_.bytes();
  if (direct_) {
    source_.generate(index, length, out);
  } else if (stride_ >= 1 && stride_ <= widest_stride) {
    turn(index, length, std::min(across_.size - across, across_tile_), out, buffer);
  } else {
    for (std::int64_t i = 0; i < length; ++i) source_.generate_one(index + i * along_.stream, out + i * along_.memory * source_.bytes());
  }
}

// Runs along the stream into a buffer, then element by element to their places.
void Tiling::turn(std::int64_t index, std::int64_t length, std::int64_t width, char* out, std::vector<char>& buffer) const {
  const std::int64_t span = (length - 1) * stride_ + 1;
  const std::int64_t first = along_.stream < 0 ? 1 - span : 0;
  const std::int64_t bytes = source_.bytes();
  buffer.resize(static_cast<std::size_t>(span * width * bytes));
  for (std::int64_t j = 0; j < width; ++j) source_.generate(index + first + j * across_.stream, span, buffer.data() + j * span * bytes);
  const Move along{length, along_.memory, along_.stream};
  const Move across{width, across_.memory, span};
  const std::int64_t from = -first;
  switch (bytes) {
    case 1:
      return move<std::uint8_t>(buffer.data(), from, out, along, across);
    case 2:
      return move<std::uint16_t>(buffer.data(), from, out, along, across);
    case 4:
      return move<std::uint32_t>(buffer.data(), from, out, along, across);
    default:
      return move<std::uint64_t>(buffer.data(), from, out, along, across);
  }
}

}  // namespace evenkeel
