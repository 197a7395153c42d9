// SPDX-License-Identifier: Apache-2.0
// Edits to pieces. Lengths of enclosing messages are found by descending from the root, along the edits only.
#include "io/onnx/splice.hpp"

#include <algorithm>
#include <span>

#include "io/onnx/wire_build.hpp"

namespace evenkeel {
namespace {

/// What happens at one place of a message: an edit of its own, or a nested message that has edits inside.
struct Action {
  Range place;
  std::vector<Piece> pieces;
};

struct Spliced {
  std::vector<Piece> pieces;
  std::int64_t growth = 0;
};

void append_copy(std::vector<Piece>& pieces, Range range) {
  if (range.size() == 0) return;
  if (!pieces.empty() && !pieces.back().payload && pieces.back().literal.empty() && pieces.back().copy.end == range.begin) {
    pieces.back().copy.end = range.end;
  } else {
    pieces.push_back({range, {}, std::nullopt});
  }
}

bool holds(Range content, Range parent) {
  return content == parent || (parent.size() != 0 && content.begin <= parent.begin && parent.end <= content.end);
}

Spliced splice_message(const Source& source, Range message, std::span<Edit> edits);

Action action_of(Edit& edit) {
  Action action{edit.target, {}};
  if (!edit.literal.empty()) action.pieces.push_back({{}, std::move(edit.literal), std::nullopt});
  if (edit.payload && edit.payload->size != 0) action.pieces.push_back({{}, {}, edit.payload});
  return action;
}

/// `edits` are those of messages inside; they stand in the order of the file.
void splice_nested(const Source& source, Range message, std::span<Edit> edits, std::vector<Action>& actions, std::int64_t& growth) {
  Fields fields(source, message, "message");
  std::size_t next = 0;
  while (next < edits.size() && fields.next()) {
    if (!fields.is_bytes()) continue;
    const Range content = fields.bytes();
    std::size_t end = next;
    while (end < edits.size() && holds(content, edits[end].parent)) ++end;
    if (end == next) continue;
    Spliced inner = splice_message(source, content, edits.subspan(next, end - next));
    next = end;
    Action action{{fields.length_place().begin, content.end}, {}};
    const std::string length = varint(content.size() + static_cast<std::uint64_t>(inner.growth));
    if (inner.growth == 0)
      append_copy(action.pieces, fields.length_place());
    else {
      action.pieces.push_back({{}, length, std::nullopt});
      growth += inner.growth + static_cast<std::int64_t>(length.size()) - static_cast<std::int64_t>(fields.length_place().size());
    }
    for (Piece& piece : inner.pieces) action.pieces.push_back(std::move(piece));
    actions.push_back(std::move(action));
  }
}

Spliced splice_message(const Source& source, Range message, std::span<Edit> edits) {
  Spliced result;
  std::vector<Action> actions;
  const auto nested = std::stable_partition(edits.begin(), edits.end(), [&](const Edit& edit) { return edit.parent == message; });
  for (auto edit = edits.begin(); edit != nested; ++edit) {
    Action action = action_of(*edit);
    for (const Piece& piece : action.pieces) result.growth += static_cast<std::int64_t>(piece.size());
    result.growth -= static_cast<std::int64_t>(edit->target.size());
    actions.push_back(std::move(action));
  }
  splice_nested(source, message, {nested, edits.end()}, actions, result.growth);
  std::stable_sort(actions.begin(), actions.end(), [](const Action& a, const Action& b) { return a.place.begin < b.place.begin; });
  std::uint64_t at = message.begin;
  for (Action& action : actions) {
    append_copy(result.pieces, {at, action.place.begin});
    for (Piece& piece : action.pieces) {
      if (piece.payload || !piece.literal.empty())
        result.pieces.push_back(std::move(piece));
      else
        append_copy(result.pieces, piece.copy);
    }
    at = action.place.end;
  }
  append_copy(result.pieces, {at, message.end});
  return result;
}

}  // namespace

std::vector<Piece> splice(const Source& source, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.target.begin < b.target.begin; });
  return splice_message(source, source.whole(), edits).pieces;
}

std::uint64_t size_of_pieces(const std::vector<Piece>& pieces) noexcept {
  std::uint64_t size = 0;
  for (const Piece& piece : pieces) size += piece.size();
  return size;
}

}  // namespace evenkeel
