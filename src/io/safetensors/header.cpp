// SPDX-License-Identifier: Apache-2.0
// Header text to entries; entries to places that tile the data.
#include "io/safetensors/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "evenkeel/base/error.hpp"
#include "io/checked_size.hpp"
#include "io/safetensors/types.hpp"

namespace evenkeel::safetensors {
namespace {

using json::Cursor;
using json::in_quotes;
using json::Opens;
using json::Scalar;
using json::shown;

constexpr const char* advice = "; save the model again or check the download";

std::uint64_t length_of(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

class HeaderListener final : public json::Listener {
 public:
  explicit HeaderListener(Header& header) : header_(header) {}

  void key(const Cursor& at) override {
    header_.metadata.key(at);
    if (at.depth() == 1) in_metadata_ = at.key(0) == "__metadata__";
  }

  void enter(const Cursor& at, Opens what) override {
    header_.metadata.enter(at);
    if (at.depth() == 0 && what != Opens::object) at.refuse(fmt::format("expected the header to be an object, found a list{}", advice));
    if (at.depth() == 1 && what != Opens::object) refuse_value(at, "a list");
    if (at.depth() == 1 && !in_metadata_) begin_tensor(at);
    if (at.depth() < 2) return;
    if (in_metadata_) refuse_value(at, what == Opens::object ? "an object" : "a list");
    if (at.depth() == 2) begin_field(at, what);
    if (at.depth() == 3 && field_ != Field::foreign) refuse_value(at, what == Opens::object ? "an object" : "a list");
  }

  void leave(const Cursor& at) override {
    header_.metadata.leave(at);
    if (at.depth() == 1 && !in_metadata_) end_tensor(at);
    if (at.depth() == 2 && field_ == Field::offsets && offsets_.size() != 2)
      at.refuse(fmt::format("expected two offsets, begin and end, found {}{}", offsets_.size(), advice));
  }

  void scalar(const Cursor& at, Scalar&& value) override {
    header_.metadata.scalar(at, value);
    const bool no_metadata = in_metadata_ && at.depth() == 1 && std::holds_alternative<std::monostate>(value);
    if (no_metadata) return;
    if (at.depth() == 0) at.refuse(fmt::format("expected the header to be an object, found {}{}", shown(value), advice));
    if (at.depth() == 1) refuse_value(at, shown(value));
    if (in_metadata_ && !std::holds_alternative<std::string>(value)) refuse_value(at, shown(value));
    if (in_metadata_) return;
    if (at.depth() == 2) set_field(at, value);
    if (at.depth() == 3) add_number(at, value);
  }

 private:
  enum class Field : std::uint8_t { foreign, dtype, shape, offsets };

  static Field field_of(const std::string& key) {
    return key == "dtype" ? Field::dtype : key == "shape" ? Field::shape : key == "data_offsets" ? Field::offsets : Field::foreign;
  }

  [[noreturn]] void refuse_value(const Cursor& at, const std::string& found) const {
    const char* expected = "an object with dtype, shape and data_offsets";
    if (in_metadata_)
      expected = at.depth() == 1 ? "an object of texts" : "a text";
    else if (at.depth() == 2)
      expected = at.key(1) == "dtype" ? "the name of a type" : at.key(1) == "shape" ? "a list of dimensions" : "a list of two offsets";
    else if (at.depth() == 3)
      expected = at.key(1) == "shape" ? "a dimension, a whole number from 0 to 2^63 - 1" : "an offset, a whole number of 0 or more";
    at.refuse(fmt::format("expected {}, found {}{}", expected, found, advice));
  }

  void begin_tensor(const Cursor& at) {
    type_ = nullptr;
    has_shape_ = has_offsets_ = false;
    header_.entries.push_back({at.key(0), {}, DType::other, {}, {}});
    offsets_.clear();
  }

  void begin_field(const Cursor& at, Opens what) {
    field_ = field_of(at.key(1));
    if (field_ == Field::foreign) return;
    if (field_ == Field::dtype || what == Opens::object) refuse_value(at, what == Opens::object ? "an object" : "a list");
    (field_ == Field::shape ? has_shape_ : has_offsets_) = true;
  }

  void set_field(const Cursor& at, const Scalar& value) {
    const Field field = field_of(at.key(1));
    if (field == Field::foreign) return;
    const auto* const name = std::get_if<std::string>(&value);
    if (field != Field::dtype || name == nullptr) refuse_value(at, shown(value));
    type_ = find_type(*name);
    if (type_ == nullptr) at.refuse(fmt::format("expected one of the types {}, found {}{}", type_names(), in_quotes(*name), advice));
    header_.entries.back().type = type_->name;
    header_.entries.back().dtype = type_->dtype;
  }

  void add_number(const Cursor& at, const Scalar& value) {
    if (field_ == Field::foreign) return;
    const auto* const number = std::get_if<std::uint64_t>(&value);
    const std::uint64_t most =
        field_ == Field::shape ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::uint64_t>::max();
    if (number == nullptr || *number > most) refuse_value(at, shown(value));
    Shape& shape = header_.entries.back().shape;
    if (field_ == Field::shape) {
      if (shape.size() == most_dimensions) at.refuse(fmt::format("expected at most {} dimensions, found more{}", most_dimensions, advice));
      shape.push_back(static_cast<std::int64_t>(*number));
    } else if (offsets_.size() < 2) {
      offsets_.push_back(*number);
    } else {
      at.refuse(fmt::format("expected two offsets, begin and end, found more{}", advice));
    }
  }

  void end_tensor(const Cursor& at) {
    const char* missing = type_ == nullptr ? "dtype" : !has_shape_ ? "shape" : !has_offsets_ ? "data_offsets" : nullptr;
    if (missing != nullptr)
      at.refuse(fmt::format("expected an object with dtype, shape and data_offsets, found none of {}{}", missing, advice));
    Entry& entry = header_.entries.back();
    const std::optional<std::uint64_t> bits = bits_of(entry.shape, type_->bits);
    if (!bits) at.refuse(fmt::format("shape {} of type {} is larger than any file{}", to_string(entry.shape), entry.type, advice));
    if (*bits % 8 != 0) at.refuse(fmt::format("shape {} of type {} ends within a byte{}", to_string(entry.shape), entry.type, advice));
    if (offsets_[0] > offsets_[1])
      at.refuse(fmt::format("data_offsets begin at {}, behind their end, {}{}", offsets_[0], offsets_[1], advice));
    if (offsets_[1] - offsets_[0] != *bits / 8) {
      at.refuse(fmt::format("shape {} of type {} takes {} bytes, data_offsets [{}, {}] hold {}{}", to_string(entry.shape), entry.type,
                            *bits / 8, offsets_[0], offsets_[1], offsets_[1] - offsets_[0], advice));
    }
    entry.bytes = {offsets_[0], offsets_[1]};
  }

  Header& header_;
  bool in_metadata_ = false;
  Field field_ = Field::foreign;
  const Type* type_ = nullptr;
  bool has_shape_ = false;
  bool has_offsets_ = false;
  std::vector<std::uint64_t> offsets_;
};

/// The tensors, in the order of their data, leave no byte out and share none.
void check_cover(const json::Origin& data, const std::vector<Entry>& entries, std::uint64_t size) {
  std::vector<const Entry*> order;
  for (const Entry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return a->bytes.begin != b->bytes.begin ? a->bytes.begin < b->bytes.begin : a->bytes.end < b->bytes.end;
  });
  std::uint64_t at = 0;
  const Entry* before = nullptr;
  for (const Entry* const entry : order) {
    const std::string name = in_quotes(entry->name);
    if (entry->bytes.end > size) {
      json::refuse_at(data, size,
                      fmt::format("tensor {} ends at offset {} of the data, but only {} bytes of data are there; the file looks "
                                  "truncated: save the model again or check the download",
                                  name, entry->bytes.end, size));
    }
    if (entry->bytes.begin > at) {
      json::refuse_at(
          data, at,
          fmt::format("expected the data of a tensor, found a hole of {} bytes before tensor {}{}", entry->bytes.begin - at, name, advice));
    }
    if (entry->bytes.begin < at) {
      json::refuse_at(data, entry->bytes.begin,
                      fmt::format("tensors {} and {} overlap: one ends at offset {}, the next begins at {}{}", in_quotes(before->name),
                                  name, at, entry->bytes.begin, advice));
    }
    at = entry->bytes.end;
    before = entry;
  }
  if (at != size)
    json::refuse_at(data, at, fmt::format("expected the end of the file, found {} bytes that belong to no tensor{}", size - at, advice));
}

}  // namespace

Header read_header(const std::string& file, std::string_view bytes) {
  const json::Origin lengths{file, 0, "the header"};
  if (bytes.size() < length_bytes) {
    json::refuse_at(
        lengths, bytes.size(),
        fmt::format("expected a safetensors file, which begins with the 8 bytes of the header's length, found {} bytes in all; save "
                    "the model again or check the download",
                    bytes.size()));
  }
  Header header;
  header.length = length_of(bytes);
  if (header.length > longest_header)
    json::refuse_at(lengths, 0,
                    fmt::format("expected a header of at most {} bytes, found a length of {}{}", longest_header, header.length, advice));
  if (header.length > bytes.size() - length_bytes) {
    json::refuse_at(lengths, 0,
                    fmt::format("the header is said to be {} bytes long, but only {} are left; the file looks truncated: save the "
                                "model again or check the download",
                                header.length, bytes.size() - length_bytes));
  }
  HeaderListener listener(header);
  json::read(bytes.substr(length_bytes, header.length), {file, length_bytes, "the header"}, listener);
  const std::uint64_t begin = length_bytes + header.length;
  check_cover({file, begin, ""}, header.entries, bytes.size() - begin);
  for (Entry& entry : header.entries) entry.bytes = {begin + entry.bytes.begin, begin + entry.bytes.end};
  return header;
}

bool looks_like_safetensors(std::string_view bytes) {
  if (bytes.size() <= length_bytes || length_of(bytes) > longest_header) return false;
  const std::size_t first = bytes.substr(0, 64).find_first_not_of(" \t\r\n", length_bytes);
  return first != std::string_view::npos && bytes[first] == '{';
}

bool looks_like_damaged_safetensors(std::string_view bytes) {
  const std::string_view text = bytes.substr(std::min<std::size_t>(bytes.size(), length_bytes), 2);
  return !bytes.empty() && bytes.front() != '\x08' && bytes.front() != '\x0a' && (text == "{\"" || text == "{}");
}

}  // namespace evenkeel::safetensors
