// SPDX-License-Identifier: Apache-2.0
// Edits of a protobuf message become pieces: only what the edits touch changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/onnx/wire.hpp"
#include "io/write/piece.hpp"

namespace evenkeel {

/// Replaces `target` within the message whose content is `parent` by `literal` and the payload. Edits of one message must not overlap.
struct Edit {
  Range parent;
  Range target;
  std::string literal;
  std::optional<Payload> payload;
};

/// The pieces of the edited message `whole`: only what the edits touch changes, and the lengths of the messages around.
[[nodiscard]] std::vector<Piece> splice(const Source& source, std::vector<Edit> edits);
[[nodiscard]] std::uint64_t size_of_pieces(const std::vector<Piece>& pieces) noexcept;

}  // namespace evenkeel
