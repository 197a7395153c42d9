// SPDX-License-Identifier: Apache-2.0
// Parsing follows the schema, so that a name is never taken for a message.
#include "wire_tree.hpp"

#include <array>
#include <cstring>

namespace evenkeel::fuzz {
namespace {

constexpr int deepest = 200;

struct Nesting {
  Message parent;
  std::uint32_t tag;
  Message child;
};

constexpr std::array nestings{
    Nesting{Message::model, 7, Message::graph},          Nesting{Message::model, 8, Message::opset},
    Nesting{Message::model, 14, Message::entry},         Nesting{Message::model, 25, Message::function},
    Nesting{Message::graph, 1, Message::node},           Nesting{Message::graph, 5, Message::tensor},
    Nesting{Message::graph, 11, Message::value_info},    Nesting{Message::graph, 12, Message::value_info},
    Nesting{Message::graph, 13, Message::value_info},    Nesting{Message::graph, 15, Message::sparse},
    Nesting{Message::node, 5, Message::attribute},       Nesting{Message::node, 9, Message::entry},
    Nesting{Message::attribute, 5, Message::tensor},     Nesting{Message::attribute, 6, Message::graph},
    Nesting{Message::attribute, 10, Message::tensor},    Nesting{Message::attribute, 11, Message::graph},
    Nesting{Message::attribute, 22, Message::sparse},    Nesting{Message::attribute, 23, Message::sparse},
    Nesting{Message::tensor, 13, Message::entry},        Nesting{Message::sparse, 1, Message::tensor},
    Nesting{Message::sparse, 2, Message::tensor},        Nesting{Message::value_info, 2, Message::type},
    Nesting{Message::type, 1, Message::tensor_type},     Nesting{Message::tensor_type, 2, Message::shape},
    Nesting{Message::shape, 1, Message::dimension},      Nesting{Message::function, 7, Message::node},
    Nesting{Message::function, 9, Message::opset},       Nesting{Message::function, 11, Message::attribute},
    Nesting{Message::function, 12, Message::value_info},
};

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 10 && !bytes.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if ((byte & 0x80U) == 0) return number;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> take_fixed(std::string_view& bytes, std::size_t width) {
  if (bytes.size() < width) return std::nullopt;
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), width);
  bytes.remove_prefix(width);
  return number;
}

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out += static_cast<char>(number | 0x80U);
  out += static_cast<char>(number);
}

bool take_content(std::string_view& bytes, Field& field, Message parent, int depth) {
  const auto length = take_varint(bytes);
  if (!length || *length > bytes.size()) return false;
  const std::string_view content = bytes.substr(0, *length);
  bytes.remove_prefix(*length);
  field.message = message_of(parent, field.tag);
  auto children = field.message == Message::none ? std::nullopt : parse_fields(content, field.message, depth + 1);
  if (children)
    field.children = std::move(*children);
  else
    field.message = Message::none;
  if (field.message == Message::none) field.bytes = std::string(content);
  return true;
}

}  // namespace

Message message_of(Message parent, std::uint32_t tag) noexcept {
  for (const Nesting& nesting : nestings)
    if (nesting.parent == parent && nesting.tag == tag) return nesting.child;
  return Message::none;
}

std::optional<std::vector<Field>> parse_fields(std::string_view bytes, Message message, int depth) {
  if (depth > deepest) return std::nullopt;
  std::vector<Field> fields;
  while (!bytes.empty()) {
    Field field;
    const auto key = take_varint(bytes);
    if (!key || (*key >> 3U) == 0 || (*key >> 3U) > 0x1fffffffU) return std::nullopt;
    field.tag = static_cast<std::uint32_t>(*key >> 3U);
    field.wire_type = static_cast<std::uint8_t>(*key & 7U);
    if (field.wire_type == 2) {
      if (!take_content(bytes, field, message, depth)) return std::nullopt;
    } else {
      const auto number = field.wire_type == 0   ? take_varint(bytes)
                          : field.wire_type == 1 ? take_fixed(bytes, 8)
                          : field.wire_type == 5 ? take_fixed(bytes, 4)
                                                 : std::nullopt;
      if (!number) return std::nullopt;
      field.number = *number;
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

std::string to_bytes(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& field : fields) {
    put_varint(out, (std::uint64_t{field.tag} << 3U) | field.wire_type);
    switch (field.wire_type) {
      case 0:
        put_varint(out, field.number);
        break;
      case 1:
        out.append(reinterpret_cast<const char*>(&field.number), 8);
        break;
      case 5:
        out.append(reinterpret_cast<const char*>(&field.number), 4);
        break;
      default: {
        const std::string content = field.message == Message::none ? field.bytes : to_bytes(field.children);
        put_varint(out, content.size());
        out += content;
      }
    }
  }
  return out;
}

}  // namespace evenkeel::fuzz
