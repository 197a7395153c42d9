// SPDX-License-Identifier: Apache-2.0
// Local headers, central directory and end records, with zip64 fields only where a number needs them.
#include <algorithm>

#include "io/npz/little_endian.hpp"
#include "io/npz/zip.hpp"
#include "io/npz/zip_format.hpp"

namespace evenkeel::npz {
namespace {

constexpr std::uint64_t most = 0xffffffff;  // itself the sign that zip64 has the number
constexpr unsigned plain_version = 20;
constexpr unsigned wide_version = 45;

std::uint64_t narrow(std::uint64_t value) { return std::min(value, most); }

std::string wide_numbers(std::initializer_list<std::uint64_t> values) {
  std::string numbers;
  for (const std::uint64_t value : values) {
    if (value >= most) append_number(numbers, value, 8);
  }
  std::string field;
  if (numbers.empty()) return field;
  append_number(field, wide_field, 2);
  append_number(field, numbers.size(), 2);
  return field + numbers;
}

void append_common(std::string& bytes, const Entry& entry, bool wide) {
  append_number(bytes, wide ? wide_version : plain_version, 2);
  append_number(bytes, entry.flags, 2);
  append_number(bytes, entry.method, 2);
  append_number(bytes, entry.time, 2);
  append_number(bytes, entry.date, 2);
  append_number(bytes, entry.crc, 4);
}

std::string central_record(const Entry& entry) {
  const std::uint64_t packed = entry.data.size();
  const std::string wide = wide_numbers({entry.size, packed, entry.header.begin});
  std::string bytes;
  append_number(bytes, central_mark, 4);
  append_number(bytes, entry.version, 2);
  append_common(bytes, entry, !wide.empty());
  append_number(bytes, narrow(packed), 4);
  append_number(bytes, narrow(entry.size), 4);
  append_number(bytes, entry.name.size(), 2);
  append_number(bytes, wide.size() + entry.extra.size(), 2);
  append_number(bytes, entry.comment.size(), 2);
  append_number(bytes, 0, 2);  // of the part that holds it
  append_number(bytes, entry.internal_attributes, 2);
  append_number(bytes, entry.attributes, 4);
  append_number(bytes, narrow(entry.header.begin), 4);
  return bytes + entry.name + wide + entry.extra + entry.comment;
}

}  // namespace

std::string local_header(const Entry& entry) {
  // Here zip64's field has both sizes or none.
  const bool is_wide = entry.size >= most;
  std::string bytes;
  append_number(bytes, local_mark, 4);
  append_common(bytes, entry, is_wide);
  append_number(bytes, narrow(entry.size), 4);
  append_number(bytes, narrow(entry.size), 4);
  const std::string wide = is_wide ? wide_numbers({entry.size, entry.size}) : std::string();
  append_number(bytes, entry.name.size(), 2);
  append_number(bytes, wide.size(), 2);
  return bytes + entry.name + wide;
}

std::string directory_of(const std::vector<Entry>& entries, std::uint64_t offset, const std::string& comment) {
  std::string bytes;
  for (const Entry& entry : entries) bytes += central_record(entry);
  const std::uint64_t size = bytes.size();
  const std::uint64_t count = entries.size();
  if (count >= 0xffff || size >= most || offset >= most) {
    append_number(bytes, wide_end_mark, 4);
    append_number(bytes, wide_end_size - 12, 8);
    append_number(bytes, wide_version, 2);
    append_number(bytes, wide_version, 2);
    append_number(bytes, 0, 8);  // parts
    for (const std::uint64_t value : {count, count, size, offset}) append_number(bytes, value, 8);
    append_number(bytes, locator_mark, 4);
    append_number(bytes, 0, 4);
    append_number(bytes, offset + size, 8);
    append_number(bytes, 1, 4);
  }
  append_number(bytes, end_mark, 4);
  append_number(bytes, 0, 4);
  append_number(bytes, std::min<std::uint64_t>(count, 0xffff), 2);
  append_number(bytes, std::min<std::uint64_t>(count, 0xffff), 2);
  append_number(bytes, narrow(size), 4);
  append_number(bytes, narrow(offset), 4);
  append_number(bytes, comment.size(), 2);
  return bytes + comment;
}

}  // namespace evenkeel::npz
