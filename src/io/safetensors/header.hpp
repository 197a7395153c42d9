// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file: 8 bytes of length, then JSON with dtype, shape and place of every tensor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"
#include "io/json/object_edit.hpp"
#include "io/write/piece.hpp"

namespace evenkeel::safetensors {

inline constexpr std::uint64_t length_bytes = 8;
inline constexpr std::uint64_t longest_header = 100'000'000;  // the reference implementation's limit

struct Entry {
  std::string name;
  std::string_view type;  // "BF16": a name of the table of types, which lives for ever
  DType dtype = DType::other;
  Shape shape;
  Range bytes;  // in the file
};

struct Header {
  std::uint64_t length = 0;    // of the text, padding included
  std::vector<Entry> entries;  // in the order of the header
  json::MapPlaces metadata{"__metadata__"};
};

/// Everything is checked: lengths, names, types, shapes, and that the tensors cover the data from the first byte to the last, each byte
/// once. Throws bad_file. `file` is the name for messages.
[[nodiscard]] Header read_header(const std::string& file, std::string_view bytes);

/// Whether a file begins as safetensors files do: a length that can be one, then a brace.
[[nodiscard]] bool looks_like_safetensors(std::string_view bytes);
/// Whether only the length is out of order, as in a damaged file.
[[nodiscard]] bool looks_like_damaged_safetensors(std::string_view bytes);

}  // namespace evenkeel::safetensors
