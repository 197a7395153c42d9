// SPDX-License-Identifier: Apache-2.0
// One file: opened, and put together anew from copied ranges and payloads.
#include "io/safetensors/file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"

namespace evenkeel::safetensors {
namespace {

void add_copy(std::vector<Piece>& pieces, std::uint64_t begin, std::uint64_t end) {
  if (end > begin) pieces.push_back({{begin, end}, {}, std::nullopt});
}

/// Length and text, which ends in spaces so that the data behind it are aligned, as the reference implementation does.
std::string with_length(const std::string& path, std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text.resize((text.size() + length_bytes - 1) / length_bytes * length_bytes, ' ');
  if (text.size() > longest_header) {
    fail(ErrorCode::unsupported,
         fmt::format("{}: with the manifest the header would be {} bytes long, a safetensors header ends at {}; write fewer metadata", path,
                     text.size(), longest_header));
  }
  std::string bytes;
  for (std::size_t i = 0; i < length_bytes; ++i) bytes += static_cast<char>((text.size() >> (8 * i)) & 0xffU);
  return bytes + text;
}

}  // namespace

File open_file(const std::filesystem::path& path) {
  MappedFile map(path);
  Header header = read_header(path.string(), map.bytes());
  return {path, std::move(map), std::move(header)};
}

std::uint64_t check_replacement(const Weights& weights, const Replacement& replacement) {
  if (replacement.tensor < 0 || static_cast<std::size_t>(replacement.tensor) >= weights.places.size()) {
    fail(ErrorCode::invalid_argument,
         fmt::format("write_model: tensor {} is none of the model's {}", replacement.tensor, weights.places.size()));
  }
  const Entry& entry = weights.entry(replacement.tensor);
  if (!replacement.producer.make)
    fail(ErrorCode::invalid_argument, fmt::format("write_model: nothing produces the new values of '{}'", entry.name));
  if (entry.dtype == DType::other) {
    fail(ErrorCode::unsupported, fmt::format("{}: '{}' is of type {}, which is only copied; it cannot be replaced, only kept",
                                             weights.files[weights.places[static_cast<std::size_t>(replacement.tensor)].file].path.string(),
                                             entry.name, entry.type));
  }
  return entry.bytes.size();
}

std::vector<Piece> splice(const File& file, const std::vector<const Producer*>& by_entry, const std::string& header) {
  std::vector<Piece> pieces;
  std::uint64_t at = 0;
  if (!header.empty()) {
    pieces.push_back({{}, with_length(file.path.string(), header), std::nullopt});
    at = length_bytes + file.header.length;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < by_entry.size(); ++i) {
    if (by_entry[i] != nullptr && file.header.entries[i].bytes.size() != 0) order.push_back(i);
  }
  const auto begin_of = [&](std::size_t i) { return file.header.entries[i].bytes.begin; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return begin_of(a) < begin_of(b); });
  for (const std::size_t i : order) {
    const Range bytes = file.header.entries[i].bytes;
    add_copy(pieces, at, bytes.begin);
    pieces.push_back({{}, {}, Payload{by_entry[i], bytes.size()}});
    at = bytes.end;
  }
  add_copy(pieces, at, file.map.bytes().size());
  return pieces;
}

}  // namespace evenkeel::safetensors
