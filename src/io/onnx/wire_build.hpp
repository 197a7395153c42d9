// SPDX-License-Identifier: Apache-2.0
// Fields as bytes. A message whose payload comes later is built from the inside out as heads: everything before the payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evenkeel {

[[nodiscard]] std::string varint(std::uint64_t number);
/// Tag and length of a length-delimited field whose `length` bytes follow.
[[nodiscard]] std::string field_head(std::uint32_t tag, std::uint64_t length);
[[nodiscard]] std::string bytes_field(std::uint32_t tag, std::string_view content);
[[nodiscard]] std::string integer_field(std::uint32_t tag, std::int64_t number);
/// A StringStringEntryProto as field `tag`.
[[nodiscard]] std::string entry_field(std::uint32_t tag, std::string_view key, std::string_view value);

}  // namespace evenkeel
