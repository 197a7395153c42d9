// SPDX-License-Identifier: Apache-2.0
// Unpacking stops at the length that the directory states, so that no member takes more memory than it says.
#include "io/npz/member.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "io/checked_size.hpp"
#include "io/npz/checks.hpp"
#include "io/npz/inflater.hpp"

namespace evenkeel::npz {
namespace {

std::string_view packed_of(std::string_view bytes, const Entry& entry) { return bytes.substr(entry.data.begin, entry.data.size()); }

/// The first bytes of a member, at most `length`.
std::string first_bytes(std::string_view bytes, const Entry& entry, std::uint64_t length) {
  std::string first(std::min(length, entry.size), '\0');
  if (entry.method == 0) return first.assign(packed_of(bytes, entry).substr(0, first.size()));
  first.resize(Inflater(packed_of(bytes, entry)).run(std::as_writable_bytes(std::span(first))));
  return first;
}

void swap_bytes(std::vector<std::byte>& elements, std::uint64_t width) {
  for (std::size_t at = 0; at + width <= elements.size(); at += width)
    std::reverse(elements.begin() + static_cast<std::ptrdiff_t>(at), elements.begin() + static_cast<std::ptrdiff_t>(at + width));
}

/// From column-major to row-major.
std::vector<std::byte> transposed(const std::vector<std::byte>& elements, const Shape& shape, std::uint64_t width) {
  std::vector<std::byte> result(elements.size());
  std::vector<std::uint64_t> strides(shape.size(), width);
  for (std::size_t axis = 1; axis < shape.size(); ++axis) strides[axis] = strides[axis - 1] * static_cast<std::uint64_t>(shape[axis - 1]);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::uint64_t from = 0;
  for (std::size_t to = 0; to < result.size(); to += width) {
    std::memcpy(result.data() + to, elements.data() + from, width);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * static_cast<std::uint64_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

bool is_plain(const Entry& entry, const Npy& npy) noexcept {
  const bool swapped = npy.big_endian && npy.width > 1;
  const bool turned = npy.column_major && npy.shape.size() > 1;
  return entry.method == 0 && (npy.dtype == DType::other || (!swapped && !turned));
}

Member read_member(const std::string& file, std::string_view bytes, const Archive& archive, std::size_t number) {
  const Entry& entry = archive.entries[number];
  const json::Origin origin = origin_of(file, entry);
  if (!is_readable(entry)) {
    json::refuse_at(origin, 0,
                    fmt::format("expected an array stored or deflated, found compression method {}{}; save it with numpy.savez or "
                                "numpy.savez_compressed",
                                entry.method, (entry.flags & 1U) != 0 ? ", encrypted" : ""));
  }
  const std::uint64_t length = npy_length(origin, first_bytes(bytes, entry, npy_lead));
  const std::string header = first_bytes(bytes, entry, length);
  if (header.size() < length) {
    json::refuse_at(
        origin, 0,
        fmt::format("the array's header is said to be {} bytes long, but only {} are there{}", length, header.size(), damage_advice));
  }
  Member member{number, entry.name.substr(0, entry.name.size() - 4), read_npy(origin, header)};
  const std::uint64_t expected = *bits_of(member.npy.shape, 8 * std::max<std::uint64_t>(member.npy.width, 1)) / 8;
  const bool known = member.npy.width != 0;
  if (known && entry.size - length != expected) {
    json::refuse_at(origin, length,
                    fmt::format("shape {} of type {} takes {} bytes, found {}{}", to_string(member.npy.shape), member.npy.type, expected,
                                entry.size - length, damage_advice));
  }
  return member;
}

std::vector<std::byte> elements_of(const std::string& file, std::string_view bytes, const Entry& entry, const Npy& npy) {
  std::vector<std::byte> whole(entry.size);
  const std::string_view packed = packed_of(bytes, entry);
  std::size_t made = packed.size();
  if (entry.method == 0)
    std::memcpy(whole.data(), packed.data(), packed.size());
  else
    made = Inflater(packed).run(whole);
  check_sum(file, entry, made, static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(whole.data()), made)));
  whole.erase(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(npy.length));
  if (npy.dtype == DType::other) return whole;
  if (npy.big_endian && npy.width > 1) swap_bytes(whole, npy.width);
  return npy.column_major && npy.shape.size() > 1 ? transposed(whole, npy.shape, npy.width) : whole;
}

}  // namespace evenkeel::npz
