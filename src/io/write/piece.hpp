// SPDX-License-Identifier: Apache-2.0
// An output file as pieces: ranges of the input that are copied, bytes that are new, tensors that are made while writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evenkeel/io/model.hpp"

namespace evenkeel {

/// Half-open range of byte offsets in a file.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// Bytes of one tensor, made when their turn comes. `producer` is borrowed.
struct Payload {
  const Producer* producer = nullptr;
  std::uint64_t size = 0;
};

/// One of: a range of the source, literal bytes, a payload.
struct Piece {
  Range copy;
  std::string literal;
  std::optional<Payload> payload;
  [[nodiscard]] std::uint64_t size() const noexcept { return payload ? payload->size : literal.empty() ? copy.size() : literal.size(); }
};

}  // namespace evenkeel
