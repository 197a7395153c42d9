// SPDX-License-Identifier: Apache-2.0
// Metadata that other readers of zip files do not see: JSON, its length and a mark, between the last member and the central directory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "io/json/events.hpp"

namespace evenkeel::npz {

struct MetadataBlock {
  std::uint64_t begin = 0;
  std::map<std::string, std::string> metadata;
};

/// The block that ends where the central directory begins and begins no earlier than `earliest`; nullopt where there is none. Throws
/// bad_file for a broken one.
[[nodiscard]] std::optional<MetadataBlock> read_metadata_block(const json::Origin& origin, std::string_view bytes, std::uint64_t earliest,
                                                               std::uint64_t directory);
/// A comment, the place zip itself offers, ends at 65535 bytes, which the manifest of some hundred tensors passes. "" for no metadata.
[[nodiscard]] std::string metadata_block(const std::map<std::string, std::string>& metadata);

}  // namespace evenkeel::npz
