// SPDX-License-Identifier: Apache-2.0
// Found from its end, as the central directory is.
#include "io/npz/metadata_block.hpp"

#include <fmt/format.h>

#include "io/json/object_edit.hpp"
#include "io/npz/little_endian.hpp"

namespace evenkeel::npz {
namespace {

constexpr std::string_view mark = "evenkeel.meta.v1";
constexpr std::uint64_t tail_size = 8 + mark.size();

class BlockListener final : public json::Listener {
 public:
  explicit BlockListener(std::map<std::string, std::string>& metadata) : metadata_(metadata) {}
  void key(const json::Cursor&) override {}
  void enter(const json::Cursor& at, json::Opens what) override {
    if (at.depth() != 0 || what != json::Opens::object) at.refuse("expected an object of texts; save the file again or check the download");
  }
  void leave(const json::Cursor&) override {}
  void scalar(const json::Cursor& at, json::Scalar&& value) override {
    auto* const text = std::get_if<std::string>(&value);
    if (at.depth() != 1 || text == nullptr) at.refuse("expected an object of texts; save the file again or check the download");
    metadata_.insert_or_assign(at.key(0), std::move(*text));
  }

 private:
  std::map<std::string, std::string>& metadata_;
};

}  // namespace

std::optional<MetadataBlock> read_metadata_block(const json::Origin& origin, std::string_view bytes, std::uint64_t earliest,
                                                 std::uint64_t directory) {
  if (directory < earliest + tail_size || bytes.substr(directory - mark.size(), mark.size()) != mark) return std::nullopt;
  const std::uint64_t end = directory - tail_size;
  const std::uint64_t length = number_at(bytes, end, 8);
  if (length > end - earliest) {
    json::refuse_at(origin, end,
                    fmt::format("the metadata are said to be {} bytes long, but only {} are there; save the file again or check "
                                "the download",
                                length, end - earliest));
  }
  MetadataBlock block{end - length, {}};
  BlockListener listener(block.metadata);
  json::read(bytes.substr(block.begin, length), {origin.file, origin.offset + block.begin, "the metadata"}, listener);
  return block;
}

std::string metadata_block(const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return {};
  std::string block = "{";
  for (const auto& [key, value] : metadata) {
    if (block.size() > 1) block += ",";
    block.append(json::text_literal(key)).append(":").append(json::text_literal(value));
  }
  block += "}";
  append_number(block, block.size(), 8);
  return block.append(mark);
}

}  // namespace evenkeel::npz
