// SPDX-License-Identifier: Apache-2.0
// A protobuf message as a tree that can be changed and put together again with right lengths.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel::fuzz {

/// Messages of onnx.proto, as far as they hold others or have fields worth a change of their own.
enum class Message : std::uint8_t {
  none,
  model,
  graph,
  node,
  attribute,
  tensor,
  sparse,
  value_info,
  type,
  tensor_type,
  shape,
  dimension,
  opset,
  entry,
  function
};

struct Field {
  std::uint32_t tag = 0;
  std::uint8_t wire_type = 0;  // 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes
  std::uint64_t number = 0;
  std::string bytes;                // of wire type 2 without children
  Message message = Message::none;  // of wire type 2: what its content is
  std::vector<Field> children;
};

/// The message that field `tag` of `parent` holds.
[[nodiscard]] Message message_of(Message parent, std::uint32_t tag) noexcept;
/// The fields of a message; nothing where they do not parse.
[[nodiscard]] std::optional<std::vector<Field>> parse_fields(std::string_view bytes, Message message, int depth = 0);
[[nodiscard]] std::string to_bytes(const std::vector<Field>& fields);

}  // namespace evenkeel::fuzz
