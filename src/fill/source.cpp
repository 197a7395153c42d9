// SPDX-License-Identifier: Apache-2.0
// Blocks are 4 elements of all types but f64, 2 of f64.
#include "fill/source.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace evenkeel {
namespace {

constexpr std::int64_t most_block_bytes = 16;
constexpr std::int64_t few_blocks = 16;  // runs that touch no more blocks are made in one call, in a buffer

}  // namespace

Source::Source(const KernelTable& table, const Prepared& prepared, DType dtype)
    : prepared_(prepared),
      kernel_(table.kernels.of[static_cast<std::size_t>(prepared.law)][static_cast<std::size_t>(dtype)]),
      single_(portable_table.kernels.of[static_cast<std::size_t>(prepared.law)][static_cast<std::size_t>(dtype)]),
      bytes_(static_cast<std::int64_t>(size_of(dtype))),
      per_block_(dtype == DType::f64 ? 2 : 4) {}

void Source::generate(std::int64_t index, std::int64_t count, char* out) const noexcept {
  if (prepared_.constant) return generate_constant(count, out);
  const bool whole_blocks = index % per_block_ == 0 && count % per_block_ == 0;
  if (!whole_blocks && index % per_block_ + count <= few_blocks * per_block_) return generate_some(index, count, out);
  const std::int64_t head = (per_block_ - index % per_block_) % per_block_;
  if (head > 0) generate_some(index, head, out);
  const std::int64_t blocks = (count - head) / per_block_;
  const std::int64_t first_block = (index + head) / per_block_;
  kernel_(prepared_.arguments, static_cast<std::uint64_t>(first_block), static_cast<std::uint64_t>(blocks), out + head * bytes_);
  const std::int64_t done = head + blocks * per_block_;
  if (done < count) generate_some(index + done, count - done, out + done * bytes_);
}

void Source::generate_some(std::int64_t index, std::int64_t count, char* out) const noexcept {
  std::array<char, most_block_bytes * few_blocks> buffer;
  const std::int64_t skip = index % per_block_;
  const std::int64_t blocks = (skip + count - 1) / per_block_ + 1;
  kernel_(prepared_.arguments, static_cast<std::uint64_t>(index / per_block_), static_cast<std::uint64_t>(blocks), buffer.data());
  std::memcpy(out, buffer.data() + skip * bytes_, static_cast<std::size_t>(count * bytes_));
}

void Source::generate_one(std::int64_t index, char* out) const noexcept {
  if (prepared_.constant) return generate_constant(1, out);
  std::array<char, most_block_bytes> block;
  single_(prepared_.arguments, static_cast<std::uint64_t>(index / per_block_), 1, block.data());
  std::memcpy(out, block.data() + index % per_block_ * bytes_, static_cast<std::size_t>(bytes_));
}

void Source::generate_constant(std::int64_t count, char* out) const noexcept {
  const std::uint64_t code = *prepared_.constant;
  const std::int64_t total = count * bytes_;
  std::array<char, 4096> pattern;
  const std::int64_t size = std::min<std::int64_t>(total, pattern.size());
  for (std::int64_t at = 0; at < size; at += bytes_) std::memcpy(pattern.data() + at, &code, static_cast<std::size_t>(bytes_));
  for (std::int64_t at = 0; at < total; at += size)
    std::memcpy(out + at, pattern.data(), static_cast<std::size_t>(std::min(size, total - at)));
}

}  // namespace evenkeel
