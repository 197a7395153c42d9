// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutator for NumPy archives: takes the members out, changes their names or contents, and puts the archive together again with
// right offsets, sizes and checksums, stored or deflated. One change in four is left to the plain mutator, for the structure itself.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "target.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace evenkeel::fuzz {
namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

struct Member {
  std::string name;
  std::string content;
  bool deflated = false;
};

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  if (at + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

std::string inflated(std::string_view bytes, std::size_t size) {
  std::string out(std::min<std::size_t>(size, 1 << 20), '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string deflated(const std::string& content) {
  std::string out(content.size() + content.size() / 8 + 64, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// By the local headers, as far as they go.
std::vector<Member> members_of(std::string_view bytes) {
  std::vector<Member> members;
  for (std::size_t at = 0; number_at<std::uint32_t>(bytes, at) == 0x04034b50U && members.size() < 64;) {
    std::size_t packed = number_at<std::uint32_t>(bytes, at + 18), size = number_at<std::uint32_t>(bytes, at + 22);
    const std::size_t name = number_at<std::uint16_t>(bytes, at + 26), extra = number_at<std::uint16_t>(bytes, at + 28);
    if (packed == UINT32_MAX) {  // numpy always writes zip64 fields: the size, then the packed size
      size = number_at<std::uint64_t>(bytes, at + 30 + name + 4);
      packed = number_at<std::uint64_t>(bytes, at + 30 + name + 12);
    }
    const std::size_t data = at + 30 + name + extra;
    if (data > bytes.size() || packed > bytes.size() - data) break;
    const bool is_deflated = number_at<std::uint16_t>(bytes, at + 8) == 8;
    const std::string_view content = bytes.substr(data, packed);
    members.push_back(
        {std::string(bytes.substr(at + 30, name)), is_deflated ? inflated(content, size) : std::string(content), is_deflated});
    at = data + packed;
  }
  return members;
}

template <class Number>
void put(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string archive_of(const std::vector<Member>& members) {
  std::string out, directory;
  for (const Member& member : members) {
    const std::string stored = member.deflated ? deflated(member.content) : member.content;
    const auto crc = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(member.content.data()), static_cast<uInt>(member.content.size())));
    std::string shared;
    put<std::uint16_t>(shared, 20);
    put<std::uint16_t>(shared, 0);
    put<std::uint16_t>(shared, member.deflated ? 8 : 0);
    put<std::uint32_t>(shared, 0x00210000U);
    put<std::uint32_t>(shared, crc);
    put<std::uint32_t>(shared, static_cast<std::uint32_t>(stored.size()));
    put<std::uint32_t>(shared, static_cast<std::uint32_t>(member.content.size()));
    put<std::uint16_t>(shared, static_cast<std::uint16_t>(member.name.size()));
    put<std::uint16_t>(shared, 0);
    directory += std::string("PK\1\2\x14\0", 6) + shared + std::string(10, '\0');
    put<std::uint32_t>(directory, static_cast<std::uint32_t>(out.size()));
    directory += member.name;
    out += std::string("PK\3\4", 4) + shared + member.name + stored;
  }
  const auto begin = static_cast<std::uint32_t>(out.size());
  out += directory + std::string("PK\5\6\0\0\0\0", 8);
  put<std::uint16_t>(out, static_cast<std::uint16_t>(members.size()));
  put<std::uint16_t>(out, static_cast<std::uint16_t>(members.size()));
  put<std::uint32_t>(out, static_cast<std::uint32_t>(directory.size()));
  put<std::uint32_t>(out, begin);
  put<std::uint16_t>(out, 0);
  return out;
}

std::string mutated(std::string bytes, std::size_t room) {
  const std::size_t size = bytes.size();
  bytes.resize(size + std::max<std::size_t>(room, 1));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
  return bytes;
}

void change(Random& random, std::vector<Member>& members) {
  const std::size_t at = below(random, members.size());
  Member& member = members[at];
  switch (below(random, 6)) {
    case 0:
      member.name = mutated(member.name, 8).substr(0, 1000);
      break;
    case 1:
      member.deflated = !member.deflated;
      break;
    case 2:
      members.push_back(Member(member));
      break;
    case 3:
      if (members.size() > 1) members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    default: {  // the header of an array is text at its beginning
      const std::size_t head = std::min<std::size_t>(member.content.size(), 128);
      member.content = mutated(member.content.substr(0, head), 16) + member.content.substr(head);
    }
  }
}

}  // namespace
}  // namespace evenkeel::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  using namespace evenkeel::fuzz;
  Random random(seed);
  std::vector<Member> members = members_of(text_of(data, size));
  if (members.empty() || below(random, 4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  for (std::size_t i = 0; i < 1 + below(random, 3); ++i) change(random, members);
  const std::string archive = archive_of(members);
  if (archive.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, archive.data(), archive.size());
  return archive.size();
}
