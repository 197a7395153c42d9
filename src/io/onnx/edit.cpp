// SPDX-License-Identifier: Apache-2.0
// Field numbers as in onnx-ml.proto. A payload always stands last in its message, so that heads can be built before the bytes are known.
#include "io/onnx/edit.hpp"

#include <fmt/format.h>

#include <set>

#include "evenkeel/base/error.hpp"
#include "io/onnx/wire_build.hpp"

namespace evenkeel::onnx {
namespace {

bool is_data_field(std::uint32_t tag) { return (tag >= 4 && tag <= 7) || (tag >= 9 && tag <= 11); }

/// A TensorProto up to its payload.
std::string tensor_head(const StoredTensor& tensor, std::string_view name, std::uint64_t size) {
  std::string head;
  for (const std::int64_t dimension : tensor.shape) head += integer_field(1, dimension);
  head += integer_field(2, data_type_of(tensor.dtype));
  if (!name.empty()) head += bytes_field(8, name);
  return head + field_head(9, size);
}

/// An AttributeProto field of a node, `value` of a Constant, up to its payload.
std::string value_attribute_head(const StoredTensor& tensor, std::uint64_t size) {
  const std::string inner = tensor_head(tensor, {}, size);
  std::string attribute = bytes_field(1, "value") + integer_field(20, Kind::tensor) + field_head(5, inner.size() + size) + inner;
  return field_head(5, attribute.size() + size) + attribute;
}

std::string external_fields(const ExternalPlace& place) {
  return entry_field(13, "location", place.location) + entry_field(13, "offset", fmt::format("{}", place.offset)) +
         entry_field(13, "length", fmt::format("{}", place.length)) + integer_field(14, 1);
}

/// All inline data are replaced by `literal` and the payload.
void replace_data(const Source& source, const TensorProto& tensor, const std::string& literal, std::optional<Payload> payload,
                  std::vector<Edit>& edits) {
  bool placed = false;
  Fields fields(source, tensor.body, "TensorProto");
  while (fields.next()) {
    if (!is_data_field(fields.tag())) continue;
    if (placed)
      edits.push_back({tensor.body, fields.place(), {}, std::nullopt});
    else
      edits.push_back({tensor.body, fields.place(), literal, payload});
    placed = true;
  }
  if (!placed) edits.push_back({tensor.body, {tensor.body.end, tensor.body.end}, literal, payload});
}

}  // namespace

void edit_data(const Source& source, const TensorProto& tensor, const Payload& payload, std::vector<Edit>& edits) {
  if (payload.size == 0) return;
  if (tensor.data == TensorProto::Data::raw && tensor.typed_count == 0) {
    int fields_of_data = 0;
    Fields fields(source, tensor.body, "TensorProto");
    while (fields.next()) fields_of_data += is_data_field(fields.tag()) ? 1 : 0;
    if (fields_of_data == 1) {
      edits.push_back({tensor.body, tensor.raw, {}, payload});
      return;
    }
  }
  replace_data(source, tensor, field_head(9, payload.size), payload, edits);
}

void edit_to_external(const Source& source, const TensorProto& tensor, const ExternalPlace& place, std::vector<Edit>& edits) {
  Fields fields(source, tensor.body, "TensorProto");
  while (fields.next()) {
    if (fields.tag() == 13 || fields.tag() == 14) edits.push_back({tensor.body, fields.place(), {}, std::nullopt});
  }
  replace_data(source, tensor, external_fields(place), std::nullopt, edits);
}

void edit_location(const Source& source, const TensorProto& tensor, const Relocation& relocation, std::vector<Edit>& edits) {
  std::map<std::string_view, std::string> wanted{{"location", relocation.location}};
  if (relocation.moved != nullptr) {
    wanted["offset"] = fmt::format("{}", relocation.moved->offset);
    wanted["length"] = fmt::format("{}", relocation.moved->length);
  }
  std::set<std::string_view> placed;
  Fields fields(source, tensor.body, "TensorProto");
  while (fields.next()) {
    if (fields.tag() != 13) continue;
    const auto [key, value] = parse_entry(source, fields.bytes());
    const auto found = wanted.find(key);
    if (found != wanted.end()) {
      if (found->second != value) edits.push_back({tensor.body, fields.place(), entry_field(13, key, found->second), std::nullopt});
      placed.insert(key);
      wanted.erase(found);
    } else if (placed.contains(key) || (key == "checksum" && relocation.changed)) {  // a key given twice: the last one would hold
      edits.push_back({tensor.body, fields.place(), {}, std::nullopt});
    }
  }
  std::string missing;
  for (const auto& [key, value] : wanted) missing += entry_field(13, key, value);
  if (!missing.empty()) edits.push_back({tensor.body, {tensor.body.end, tensor.body.end}, missing, std::nullopt});
}

void edit_to_constant(const Source& source, const TensorPlace& place, const StoredTensor& tensor, const Payload& payload,
                      std::vector<Edit>& edits) {
  const Range body = place.node->body;
  const std::string head = value_attribute_head(tensor, payload.size);
  bool placed = false;
  Fields fields(source, body, "NodeProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        edits.push_back({body, fields.place(), {}, std::nullopt});
        break;
      case 4:
        if (fields.text() != "Constant") edits.push_back({body, fields.place(), bytes_field(4, "Constant"), std::nullopt});
        break;
      case 5:
        if (placed)
          edits.push_back({body, fields.place(), {}, std::nullopt});
        else
          edits.push_back({body, fields.place(), head, payload});
        placed = true;
        break;
      default:
        break;
    }
  }
  if (!placed) edits.push_back({body, {body.end, body.end}, head, payload});
}

void edit_input(const Source& source, const NodeProto& node, int slot, std::string_view name, std::vector<Edit>& edits) {
  int at = 0;
  Fields fields(source, node.body, "NodeProto");
  while (fields.next()) {
    if (fields.tag() != 1 || at++ != slot) continue;
    edits.push_back({node.body, fields.place(), bytes_field(1, name), std::nullopt});
    return;
  }
  fail(ErrorCode::invalid_argument, fmt::format("{}: node '{}' has no input {}", source.name, node.name, slot));
}

void add_tensor(const Source& source, const ModelProto& model, const StoredTensor& like, std::string_view name, const Payload& payload,
                std::vector<Edit>& edits) {
  const Range body = model.graph->body;
  const bool as_node = model.ir_version < 4;
  std::uint64_t first_node = body.end;
  std::uint64_t after_initializers = body.end;
  Fields fields(source, body, "GraphProto");
  while (fields.next()) {
    if (fields.tag() == 1 && first_node == body.end) first_node = fields.place().begin;
    if (fields.tag() == 5) after_initializers = fields.place().end;
  }
  if (as_node) {
    const std::string node = bytes_field(2, name) + bytes_field(4, "Constant") + value_attribute_head(like, payload.size);
    edits.push_back({body, {first_node, first_node}, field_head(1, node.size() + payload.size) + node, payload});
  } else {
    const std::string tensor = tensor_head(like, name, payload.size);
    edits.push_back({body, {after_initializers, after_initializers}, field_head(5, tensor.size() + payload.size) + tensor, payload});
  }
}

void edit_metadata(const Source& source, const std::map<std::string, std::string>& metadata, std::vector<Edit>& edits) {
  if (metadata.empty()) return;
  const Range root = source.whole();
  std::uint64_t end = root.end;
  std::set<std::string, std::less<>> placed;
  Fields fields(source, root, "ModelProto");
  while (fields.next()) {
    if (fields.tag() != 14) continue;
    end = fields.place().end;
    const auto [key, value] = parse_entry(source, fields.bytes());
    const auto wanted = metadata.find(std::string(key));
    if (wanted == metadata.end()) continue;
    const bool first = placed.insert(wanted->first).second;
    if (!first)
      edits.push_back({root, fields.place(), {}, std::nullopt});
    else if (value != wanted->second)
      edits.push_back({root, fields.place(), entry_field(14, key, wanted->second), std::nullopt});
  }
  std::string added;
  for (const auto& [key, value] : metadata) {
    if (!placed.contains(key)) added += entry_field(14, key, value);
  }
  if (!added.empty()) edits.push_back({root, {end, end}, added, std::nullopt});
}

}  // namespace evenkeel::onnx
