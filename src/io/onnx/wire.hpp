// SPDX-License-Identifier: Apache-2.0
// Protobuf wire format as fields with places: every value knows where in the file it stands, every error says it.
#pragma once

#include <protozero/pbf_reader.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "io/write/piece.hpp"

namespace evenkeel {

/// The bytes being parsed, and what messages call them.
struct Source {
  std::string name;
  std::string_view bytes;

  [[nodiscard]] std::string_view text(Range range) const { return bytes.substr(range.begin, range.size()); }
  [[nodiscard]] Range whole() const noexcept { return {0, bytes.size()}; }
  [[nodiscard]] std::uint64_t offset_of(const char* place) const noexcept { return static_cast<std::uint64_t>(place - bytes.data()); }
  /// Throws bad_file: "name: byte 12: text".
  [[noreturn]] void fail_at(std::uint64_t offset, const std::string& text) const;
};

/// Walks over the fields of one message. next() reads a field whole, so a field that nobody asks for is skipped. Asking for another wire
/// type than the field has throws bad_file. `message` names it in errors: "NodeProto".
class Fields {
 public:
  Fields(const Source& source, Range content, const char* message);

  bool next();
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }
  [[nodiscard]] Range place() const noexcept { return place_; }                                  // the whole field: tag, length, content
  [[nodiscard]] Range length_place() const noexcept { return {length_begin_, content_.begin}; }  // the varint before the content
  [[nodiscard]] bool is_bytes() const noexcept { return type_ == protozero::pbf_wire_type::length_delimited; }
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] std::int32_t integer32() const;
  [[nodiscard]] float real32() const;
  [[nodiscard]] double real64() const;
  [[nodiscard]] Range bytes() const;
  [[nodiscard]] std::string_view text() const { return source_.text(bytes()); }
  /// Calls use(std::int64_t) for a packed or a single varint.
  template <class Use>
  void each_integer(Use&& use) const;
  template <class Use>
  void each_real32(Use&& use) const;
  /// Elements in a packed or single field of varints (width 0) or of fixed width 4 or 8, checked.
  [[nodiscard]] std::uint64_t count(unsigned width) const;

 private:
  void expect(protozero::pbf_wire_type type, const char* wanted) const;

  const Source& source_;
  const char* message_;
  std::uint64_t end_;
  protozero::pbf_reader reader_;
  std::uint32_t tag_ = 0;
  protozero::pbf_wire_type type_ = protozero::pbf_wire_type::unknown;
  std::uint64_t number_ = 0;
  Range place_;
  Range content_;
  std::uint64_t length_begin_ = 0;
};

template <class Use>
void Fields::each_integer(Use&& use) const {
  if (!is_bytes()) {
    use(integer());
    return;
  }
  (void)count(0);  // checked: the loop below cannot run over the end
  const char* at = source_.bytes.data() + content_.begin;
  const char* const end = source_.bytes.data() + content_.end;
  while (at != end) use(static_cast<std::int64_t>(protozero::decode_varint(&at, end)));
}

template <class Use>
void Fields::each_real32(Use&& use) const {
  if (!is_bytes()) {
    use(real32());
    return;
  }
  const std::uint64_t number = count(4);
  for (std::uint64_t i = 0; i < number; ++i) {
    float value;
    std::memcpy(&value, source_.bytes.data() + content_.begin + 4 * i, 4);
    use(value);
  }
}

/// One StringStringEntryProto.
[[nodiscard]] std::pair<std::string_view, std::string_view> parse_entry(const Source& source, Range content);

}  // namespace evenkeel
