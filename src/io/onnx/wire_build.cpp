// SPDX-License-Identifier: Apache-2.0
// protozero writes; these are shorthands.
#include "io/onnx/wire_build.hpp"

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include <iterator>

namespace evenkeel {

std::string varint(std::uint64_t number) {
  std::string bytes;
  protozero::write_varint(std::back_inserter(bytes), number);
  return bytes;
}

std::string field_head(std::uint32_t tag, std::uint64_t length) { return varint((std::uint64_t{tag} << 3U) | 2U) + varint(length); }

std::string bytes_field(std::uint32_t tag, std::string_view content) { return field_head(tag, content.size()) + std::string(content); }

std::string integer_field(std::uint32_t tag, std::int64_t number) {
  return varint(std::uint64_t{tag} << 3U) + varint(static_cast<std::uint64_t>(number));
}

std::string entry_field(std::uint32_t tag, std::string_view key, std::string_view value) {
  return bytes_field(tag, bytes_field(1, key) + bytes_field(2, value));
}

}  // namespace evenkeel
