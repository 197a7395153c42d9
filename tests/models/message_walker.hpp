// SPDX-License-Identifier: Apache-2.0
// A protobuf message as a list of fields, without any schema: to see which fields of two files differ.
#pragma once

#include <protozero/pbf_reader.hpp>

#include <string>
#include <vector>

namespace evenkeel::test {

struct WalkedField {
  std::uint32_t tag;
  std::string content;  // of a length-delimited field, else its number as text
  bool operator==(const WalkedField&) const = default;
};

inline std::vector<WalkedField> fields_of(const std::string& message) {
  std::vector<WalkedField> fields;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    switch (reader.wire_type()) {
      case protozero::pbf_wire_type::length_delimited:
        fields.push_back({reader.tag(), reader.get_string()});
        break;
      case protozero::pbf_wire_type::varint:
        fields.push_back({reader.tag(), std::to_string(reader.get_uint64())});
        break;
      case protozero::pbf_wire_type::fixed32:
        fields.push_back({reader.tag(), std::to_string(reader.get_fixed32())});
        break;
      default:
        fields.push_back({reader.tag(), std::to_string(reader.get_fixed64())});
    }
  }
  return fields;
}

/// The contents of all fields with this tag.
inline std::vector<std::string> all(const std::string& message, std::uint32_t tag) {
  std::vector<std::string> found;
  for (const WalkedField& field : fields_of(message)) {
    if (field.tag == tag) found.push_back(field.content);
  }
  return found;
}

inline std::string first(const std::string& message, std::uint32_t tag) {
  const auto found = all(message, tag);
  return found.empty() ? std::string{} : found.front();
}

}  // namespace evenkeel::test
