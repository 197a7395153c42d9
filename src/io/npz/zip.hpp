// SPDX-License-Identifier: Apache-2.0
// The parts of a zip file: members by offset, the central directory, and the bytes of new ones. Zip64 included.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/write/piece.hpp"

namespace evenkeel::npz {

struct Entry {
  std::string name;
  std::uint16_t version = 20;  // made by
  std::uint16_t flags = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  std::uint16_t time = 0;
  std::uint16_t date = 0;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;  // unpacked
  Range header;            // local header
  Range data;              // as stored
  std::uint32_t attributes = 0;
  std::uint16_t internal_attributes = 0;
  std::string extra;  // of the central directory, without zip64's own field
  std::string comment;
};

struct Archive {
  std::vector<Entry> entries;  // in the order of the central directory
  Range directory;
  std::string comment;
  std::uint64_t members_end = 0;                // where the last member, or what follows it, ends and our block or the directory begins
  std::map<std::string, std::string> metadata;  // of our block
};

/// Checks lengths, offsets, names, that members do not overlap, and that none claims to unpack to more than deflate can. Throws bad_file.
/// Of members that are neither stored nor deflated, and of encrypted ones, only the place is known: see is_readable.
[[nodiscard]] Archive read_archive(const std::string& file, std::string_view bytes);
[[nodiscard]] bool is_readable(const Entry& entry) noexcept;

/// Local header of a stored member; `header` and `data` of the entry need not be known.
[[nodiscard]] std::string local_header(const Entry& entry);
/// Central directory and end of a file whose members' headers and data stand where the entries say; it begins at `offset`.
[[nodiscard]] std::string directory_of(const std::vector<Entry>& entries, std::uint64_t offset, const std::string& comment);

/// Whether a file is a zip archive with arrays in it, or with nothing at all, as numpy.savez writes it without arguments.
[[nodiscard]] bool looks_like_npz(std::string_view bytes);

}  // namespace evenkeel::npz
