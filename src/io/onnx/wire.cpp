// SPDX-License-Identifier: Apache-2.0
// protozero does the decoding; this adds places, checks and words.
#include "io/onnx/wire.hpp"

#include <fmt/format.h>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>

#include <bit>
#include <cstring>

#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

static_assert(std::endian::native == std::endian::little, "bytes of tensors are handed out as they stand in the file");

const char* name_of(protozero::pbf_wire_type type) {
  switch (type) {
    case protozero::pbf_wire_type::varint:
      return "a varint";
    case protozero::pbf_wire_type::fixed64:
      return "8 fixed bytes";
    case protozero::pbf_wire_type::length_delimited:
      return "a length and bytes";
    case protozero::pbf_wire_type::fixed32:
      return "4 fixed bytes";
    default:
      return "an unknown wire type";
  }
}

constexpr const char* damaged = "the file is damaged or no ONNX file: export it again or check the download";

}  // namespace

void Source::fail_at(std::uint64_t offset, const std::string& text) const {
  fail(ErrorCode::bad_file, fmt::format("{}: byte {}: {}", name, offset, text));
}

Fields::Fields(const Source& source, Range content, const char* message)
    : source_(source), message_(message), end_(content.end), reader_(source.bytes.data() + content.begin, content.size()) {
  place_ = {content.begin, content.begin};
}

bool Fields::next() {
  const std::uint64_t begin = place_.end;
  if (begin == end_) return false;
  try {
    reader_.next();
    tag_ = reader_.tag();
    type_ = reader_.wire_type();
    length_begin_ = source_.offset_of(reader_.data().data());
    content_ = {length_begin_, length_begin_};
    switch (type_) {
      case protozero::pbf_wire_type::varint:
        number_ = reader_.get_uint64();
        break;
      case protozero::pbf_wire_type::fixed64:
        number_ = reader_.get_fixed64();
        break;
      case protozero::pbf_wire_type::fixed32:
        number_ = reader_.get_fixed32();
        break;
      default: {
        // protozero keeps 32 bits of a length; the whole of it is checked here.
        const char* at = source_.bytes.data() + length_begin_;
        const std::uint64_t length = protozero::decode_varint(&at, source_.bytes.data() + end_);
        const std::uint64_t left = end_ - source_.offset_of(at);
        if (length > left) {
          source_.fail_at(length_begin_, fmt::format("field {} of {} says it is {} bytes long, but only {} are left; the file looks "
                                                     "truncated: export it again or check the download",
                                                     tag_, message_, length, left));
        }
        const auto view = reader_.get_view();
        content_ = {source_.offset_of(view.data()), source_.offset_of(view.data()) + view.size()};
      }
    }
  } catch (const protozero::end_of_buffer_exception&) {
    source_.fail_at(
        begin, fmt::format("{} ends in the middle of a field; the file looks truncated: export it again or check the download", message_));
  } catch (const protozero::varint_too_long_exception&) {
    source_.fail_at(begin, fmt::format("expected a varint of at most 10 bytes in {}, found a longer one; {}", message_, damaged));
  } catch (const protozero::exception&) {
    source_.fail_at(begin, fmt::format("expected a field of {}, found no valid protobuf tag; {}", message_, damaged));
  }
  place_ = {begin, source_.offset_of(reader_.data().data())};
  return true;
}

void Fields::expect(protozero::pbf_wire_type type, const char* wanted) const {
  if (type_ == type) return;
  source_.fail_at(place_.begin,
                  fmt::format("expected {} as field {} of {}, found {}; {}", wanted, tag_, message_, name_of(type_), damaged));
}

std::int64_t Fields::integer() const {
  expect(protozero::pbf_wire_type::varint, "an integer");
  return static_cast<std::int64_t>(number_);
}

std::int32_t Fields::integer32() const { return static_cast<std::int32_t>(static_cast<std::uint32_t>(integer())); }

float Fields::real32() const {
  expect(protozero::pbf_wire_type::fixed32, "a float");
  return std::bit_cast<float>(static_cast<std::uint32_t>(number_));
}

double Fields::real64() const {
  expect(protozero::pbf_wire_type::fixed64, "a double");
  return std::bit_cast<double>(number_);
}

Range Fields::bytes() const {
  expect(protozero::pbf_wire_type::length_delimited, "bytes or a message");
  return content_;
}

std::uint64_t Fields::count(unsigned width) const {
  if (!is_bytes()) {
    if (width == 4)
      (void)real32();
    else if (width == 8)
      (void)real64();
    else
      (void)integer();
    return 1;
  }
  if (width != 0) {
    if (content_.size() % width != 0) {
      source_.fail_at(content_.begin, fmt::format("expected a multiple of {} bytes in field {} of {}, found {}; {}", width, tag_, message_,
                                                  content_.size(), damaged));
    }
    return content_.size() / width;
  }
  std::uint64_t number = 0;
  unsigned run = 0;
  for (const char c : source_.text(content_)) {
    if ((static_cast<unsigned char>(c) & 0x80U) == 0) {
      ++number;
      run = 0;
    } else if (++run == protozero::max_varint_length) {
      source_.fail_at(content_.begin, fmt::format("a number in field {} of {} is longer than 10 bytes; {}", tag_, message_, damaged));
    }
  }
  if (run != 0) {
    source_.fail_at(content_.begin, fmt::format("the last number in field {} of {} is cut off; {}", tag_, message_, damaged));
  }
  return number;
}

std::pair<std::string_view, std::string_view> parse_entry(const Source& source, Range content) {
  std::pair<std::string_view, std::string_view> entry;
  Fields fields(source, content, "StringStringEntryProto");
  while (fields.next()) {
    if (fields.tag() == 1) entry.first = fields.text();
    if (fields.tag() == 2) entry.second = fields.text();
  }
  return entry;
}

}  // namespace evenkeel
