// SPDX-License-Identifier: Apache-2.0
// A file as pieces: ranges that are copied, bytes that are new, tensors that are produced while writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/wire.hpp"

namespace evenkeel {

/// Bytes of one tensor, made when their turn comes. `produce` is borrowed.
struct Payload {
  const std::function<void(std::span<std::byte>)>* produce = nullptr;
  std::uint64_t size = 0;
};

/// Replaces `target` within the message whose content is `parent` by `literal` and the payload. Edits of one message must not overlap.
struct Edit {
  Range parent;
  Range target;
  std::string literal;
  std::optional<Payload> payload;
};

/// One of: a range of the source, literal bytes, a payload.
struct Piece {
  Range copy;
  std::string literal;
  std::optional<Payload> payload;
  [[nodiscard]] std::uint64_t size() const noexcept { return payload ? payload->size : literal.empty() ? copy.size() : literal.size(); }
};

/// The pieces of the edited message `whole`: only what the edits touch changes, and the lengths of the messages around.
[[nodiscard]] std::vector<Piece> splice(const Source& source, std::vector<Edit> edits);
[[nodiscard]] std::uint64_t size_of_pieces(const std::vector<Piece>& pieces) noexcept;

}  // namespace evenkeel
