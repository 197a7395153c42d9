// SPDX-License-Identifier: Apache-2.0
// The edits that give one tensor, node or metadata entry of an ONNX file new content.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/onnx/splice.hpp"
#include "io/onnx/weights.hpp"

namespace evenkeel::onnx {

/// Where the bytes of a tensor stand in an external data file.
struct ExternalPlace {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// New inline data, as raw_data, whatever field held the old ones.
void edit_data(const Source& source, const TensorProto& tensor, const Payload& payload, std::vector<Edit>& edits);
/// Inline data become external.
void edit_to_external(const Source& source, const TensorProto& tensor, const ExternalPlace& place, std::vector<Edit>& edits);
/// Another file, and with `moved` another place in it, for data that are external already. `changed` says that a checksum holds no longer.
struct Relocation {
  std::string location;
  const ExternalPlace* moved = nullptr;
  bool changed = false;
};
void edit_location(const Source& source, const TensorProto& tensor, const Relocation& relocation, std::vector<Edit>& edits);
/// The node becomes a Constant with the same outputs and the same name.
void edit_to_constant(const Source& source, const TensorPlace& place, const StoredTensor& tensor, const Payload& payload,
                      std::vector<Edit>& edits);
/// Input number `slot` of the node reads `name` from now on.
void edit_input(const Source& source, const NodeProto& node, int slot, std::string_view name, std::vector<Edit>& edits);
/// A new tensor of the main graph: an initializer, or a Constant node up to IR 3, where initializers have to be inputs.
void add_tensor(const Source& source, const ModelProto& model, const StoredTensor& like, std::string_view name, const Payload& payload,
                std::vector<Edit>& edits);
void edit_metadata(const Source& source, const std::map<std::string, std::string>& metadata, std::vector<Edit>& edits);

}  // namespace evenkeel::onnx
