// SPDX-License-Identifier: Apache-2.0
// Pages of the file are given back as soon as they were read.
#include "io/npz/checks.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "io/npz/inflater.hpp"

namespace evenkeel::npz {
namespace {

constexpr std::uint64_t longest_step = std::uint64_t{1} << 22U;

std::uint32_t continued(std::uint32_t crc, const void* bytes, std::size_t size) {
  return static_cast<std::uint32_t>(crc32_z(crc, static_cast<const Bytef*>(bytes), size));
}

struct Sum {
  std::uint32_t crc = 0;
  std::uint64_t size = 0;
};

Sum sum_of_stored(const MappedFile& map, Range data) {
  Sum sum;
  for (std::uint64_t at = data.begin; at < data.end; at += longest_step) {
    const std::uint64_t step = std::min(longest_step, data.end - at);
    sum.crc = continued(sum.crc, map.bytes().data() + at, step);
    sum.size += step;
    map.forget(at, step);
  }
  return sum;
}

Sum sum_of_packed(const MappedFile& map, const Entry& entry) {
  Sum sum;
  Inflater inflater(map.bytes().substr(entry.data.begin, entry.data.size()));
  std::vector<std::byte> room(std::min(longest_step, entry.size));
  std::uint64_t read = 0;
  while (sum.size < entry.size) {
    const std::size_t made = inflater.run(std::span(room).first(std::min<std::uint64_t>(room.size(), entry.size - sum.size)));
    if (made == 0) break;
    sum.crc = continued(sum.crc, room.data(), made);
    sum.size += made;
    const std::uint64_t now = entry.data.size() - inflater.left();
    map.forget(entry.data.begin + read, now - read);
    read = now;
  }
  return sum;
}

}  // namespace

json::Origin origin_of(const std::string& file, const Entry& entry) {
  return {fmt::format("{}: {}", file, json::in_quotes(entry.name)), entry.data.begin, "an array"};
}

void check_sum(const std::string& file, const Entry& entry, std::uint64_t size, std::uint32_t crc) {
  const json::Origin origin = origin_of(file, entry);
  if (size != entry.size)
    json::refuse_at(origin, 0,
                    fmt::format("expected {} bytes packed here, found {}; the file is damaged{}", entry.size, size, damage_advice));
  if (crc != entry.crc)
    json::refuse_at(origin, 0,
                    fmt::format("expected the checksum {:08x}, found {:08x}; the file is damaged{}", entry.crc, crc, damage_advice));
}

void Checks::check(const MappedFile& map, const Archive& archive, std::size_t member) {
  State& state = members_.at(member);
  const std::scoped_lock lock(state.mutex);
  if (state.sound) return;
  const Entry& entry = archive.entries[member];
  const Sum sum = entry.method == 0 ? sum_of_stored(map, entry.data) : sum_of_packed(map, entry);
  check_sum(map.path().string(), entry, sum.size, sum.crc);
  state.sound = true;
}

}  // namespace evenkeel::npz
