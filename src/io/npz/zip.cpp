// SPDX-License-Identifier: Apache-2.0
// Reading goes by the central directory alone: what local headers say of sizes is often not yet known when they are written.
#include "io/npz/zip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "io/json/events.hpp"
#include "io/npz/little_endian.hpp"
#include "io/npz/metadata_block.hpp"
#include "io/npz/zip_format.hpp"

namespace evenkeel::npz {
namespace {

using json::in_quotes;

constexpr const char* advice = "; save the file again or check the download";
// Deflate's best: 258 bytes from two bits.
constexpr std::uint64_t best_ratio = 1032;

struct End {
  std::uint64_t position = 0;  // of the first of the end records
  std::uint64_t count = 0;
  Range directory;
  std::string comment;
};

/// The end record is last but for a comment that reaches to the end of the file.
std::optional<std::uint64_t> find_end(std::string_view bytes) {
  for (std::uint64_t back = end_size; back <= std::min<std::uint64_t>(bytes.size(), end_size + 0xffff); ++back) {
    const std::uint64_t at = bytes.size() - back;
    if (number_at(bytes, at, 4) == end_mark && number_at(bytes, at + 20, 2) == back - end_size) return at;
  }
  return std::nullopt;
}

class ArchiveReader {
 public:
  ArchiveReader(const std::string& file, std::string_view bytes) : origin_{file, 0, "a zip archive"}, bytes_(bytes) {}

  Archive read() {
    const End end = read_end();
    Archive archive;
    archive.directory = end.directory;
    archive.comment = end.comment;
    std::uint64_t at = end.directory.begin;
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < end.count; ++i) {
      const std::uint64_t place = at;
      archive.entries.push_back(read_entry(at, end.directory));
      if (!names.insert(archive.entries.back().name).second)
        refuse(place, fmt::format("expected every member once, found {} twice; do not trust this file, save it again",
                                  in_quotes(archive.entries.back().name)));
    }
    if (at != end.directory.end)
      refuse(at, fmt::format("the central directory is said to have {} members, but {} bytes follow them{}", end.count,
                             end.directory.end - at, advice));
    const std::uint64_t last = check_overlaps(archive.entries);
    archive.members_end = end.directory.begin;
    if (auto block = read_metadata_block(origin_, bytes_, last, end.directory.begin)) {
      archive.members_end = block->begin;
      archive.metadata = std::move(block->metadata);
    }
    return archive;
  }

 private:
  [[noreturn]] void refuse(std::uint64_t at, const std::string& what) const { json::refuse_at(origin_, at, what); }

  [[nodiscard]] std::uint64_t number(std::uint64_t at, unsigned width) const { return number_at(bytes_, at, width); }

  [[nodiscard]] bool has(std::uint64_t at, std::uint64_t size, std::uint64_t end) const { return at <= end && size <= end - at; }

  [[nodiscard]] End read_end() const {
    const std::optional<std::uint64_t> found = find_end(bytes_);
    if (!found) {
      refuse(bytes_.size(),
             "expected the central directory of a zip archive at the end, found none; the file looks truncated: save it again "
             "or check the download");
    }
    const std::uint64_t at = *found;
    End end{at, number(at + 10, 2), {number(at + 16, 4), 0}, std::string(bytes_.substr(at + end_size))};
    std::uint64_t size = number(at + 12, 4);
    if (number(at + 4, 2) != number(at + 6, 2)) refuse(at, fmt::format("expected an archive of one part, found one of several{}", advice));
    const bool wide = end.count == 0xffff || size == 0xffffffff || end.directory.begin == 0xffffffff;
    if (wide && at >= locator_size && number(at - locator_size, 4) == locator_mark) {
      end.position = number(at - locator_size + 8, 8);
      if (!has(end.position, wide_end_size, at - locator_size) || number(end.position, 4) != wide_end_mark)
        refuse(at - locator_size, fmt::format("expected the zip64 end record at byte {}, found something else{}", end.position, advice));
      end.count = number(end.position + 32, 8);
      size = number(end.position + 40, 8);
      end.directory.begin = number(end.position + 48, 8);
    }
    if (end.directory.begin > end.position || size != end.position - end.directory.begin) {
      refuse(at, fmt::format("the central directory is said to be at byte {} and {} bytes long, but {} bytes are before its end{}",
                             end.directory.begin, size, end.position, advice));
    }
    end.directory.end = end.position;
    if (end.count > size / central_size)
      refuse(at, fmt::format("{} members do not fit into a central directory of {} bytes{}", end.count, size, advice));
    return end;
  }

  Entry read_entry(std::uint64_t& at, Range directory) const {
    if (!has(at, central_size, directory.end) || number(at, 4) != central_mark)
      refuse(at, fmt::format("expected a member in the central directory, found something else{}", advice));
    Entry entry;
    const std::uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    if (!has(at + central_size, name + extra + comment, directory.end))
      refuse(at, fmt::format("a member reaches beyond the central directory{}", advice));
    entry.version = static_cast<std::uint16_t>(number(at + 4, 2));
    entry.flags = static_cast<std::uint16_t>(number(at + 8, 2));
    entry.method = static_cast<std::uint16_t>(number(at + 10, 2));
    entry.time = static_cast<std::uint16_t>(number(at + 12, 2));
    entry.date = static_cast<std::uint16_t>(number(at + 14, 2));
    entry.crc = static_cast<std::uint32_t>(number(at + 16, 4));
    entry.internal_attributes = static_cast<std::uint16_t>(number(at + 36, 2));
    entry.attributes = static_cast<std::uint32_t>(number(at + 38, 4));
    entry.name = bytes_.substr(at + central_size, name);
    entry.comment = bytes_.substr(at + central_size + name + extra, comment);
    std::uint64_t packed = number(at + 20, 4), offset = number(at + 42, 4);
    entry.size = number(at + 24, 4);
    read_extra(at, at + central_size + name, extra, entry, packed, offset);
    place(at, entry, packed, offset, directory.begin);
    at += central_size + name + extra + comment;
    return entry;
  }

  /// Zip64's field has the numbers that are all ones in the record, in this order.
  void read_extra(std::uint64_t record, std::uint64_t at, std::uint64_t length, Entry& entry, std::uint64_t& packed,
                  std::uint64_t& offset) const {
    const std::uint64_t end = at + length;
    bool wide_known = false;
    while (end - at >= 4) {
      const std::uint64_t id = number(at, 2), size = number(at + 2, 2);
      if (!has(at + 4, size, end)) break;
      if (id == wide_field && !wide_known) {
        wide_known = true;
        std::uint64_t field = at + 4;
        for (std::uint64_t* const value : {&entry.size, &packed, &offset}) {
          if (*value != 0xffffffff) continue;
          if (!has(field, 8, at + 4 + size)) refuse(record, fmt::format("{} has too short a zip64 field{}", in_quotes(entry.name), advice));
          *value = number(field, 8);
          field += 8;
        }
      } else {
        entry.extra.append(bytes_.substr(at, 4 + size));
      }
      at += 4 + size;
    }
  }

  void place(std::uint64_t record, Entry& entry, std::uint64_t packed, std::uint64_t offset, std::uint64_t end) const {
    const std::string name = in_quotes(entry.name);
    if (!has(offset, local_size, end) || number(offset, 4) != local_mark)
      refuse(record, fmt::format("expected {} at byte {}, found no member there{}", name, offset, advice));
    const std::uint64_t rest = number(offset + 26, 2) + number(offset + 28, 2);
    const std::uint64_t begin = offset + local_size + rest;
    if (!has(offset + local_size, rest, end) || !has(begin, packed, end)) {
      refuse(offset, fmt::format("{} is said to be {} bytes long, more than are left; the file looks truncated: save it again or check the "
                                 "download",
                                 name, packed));
    }
    if (bytes_.substr(offset + local_size, number(offset + 26, 2)) != entry.name)
      refuse(offset, fmt::format("expected {}, found a member of another name; do not trust this file, save it again", name));
    entry.header = {offset, begin};
    entry.data = {begin, begin + packed};
    const bool possible = entry.method == 0 ? entry.size == packed : entry.method != 8 || entry.size / best_ratio <= packed + 1;
    if (!possible)
      refuse(record, fmt::format("{} cannot unpack {} bytes to {}; do not trust this file, save it again", name, packed, entry.size));
  }

  /// Where the last member ends.
  std::uint64_t check_overlaps(const std::vector<Entry>& entries) const {
    std::vector<const Entry*> order;
    for (const Entry& entry : entries) order.push_back(&entry);
    std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) { return a->header.begin < b->header.begin; });
    std::uint64_t end = 0;
    for (const Entry* const entry : order) {
      if (entry->header.begin < end)
        refuse(entry->header.begin,
               fmt::format("{} overlaps the member before it; do not trust this file, save it again", in_quotes(entry->name)));
      end = entry->data.end;
    }
    return end;
  }

  json::Origin origin_;
  std::string_view bytes_;
};

bool names_array(std::string_view bytes, std::uint64_t name, std::uint64_t length) {
  return name <= bytes.size() && length <= bytes.size() - name && bytes.substr(name, length).ends_with(".npy");
}

}  // namespace

Archive read_archive(const std::string& file, std::string_view bytes) { return ArchiveReader(file, bytes).read(); }

bool is_readable(const Entry& entry) noexcept { return (entry.method == 0 || entry.method == 8) && (entry.flags & flag_encrypted) == 0; }

bool looks_like_npz(std::string_view bytes) {
  if (bytes.size() < end_size) return false;
  if (number_at(bytes, 0, 4) == end_mark) return true;
  if (bytes.size() < local_size || number_at(bytes, 0, 4) != local_mark) return false;
  if (names_array(bytes, local_size, number_at(bytes, 26, 2))) return true;
  // The first member is something else: look for an array in the central directory, where there is one.
  const std::optional<std::uint64_t> end = find_end(bytes);
  if (!end) return false;
  for (std::uint64_t at = number_at(bytes, *end + 16, 4);
       at <= *end && *end - at >= central_size && number_at(bytes, at, 4) == central_mark;) {
    const std::uint64_t name = number_at(bytes, at + 28, 2);
    if (names_array(bytes, at + central_size, name)) return true;
    at += central_size + name + number_at(bytes, at + 30, 2) + number_at(bytes, at + 32, 2);
  }
  return false;
}

}  // namespace evenkeel::npz
