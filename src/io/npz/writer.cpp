// SPDX-License-Identifier: Apache-2.0
// A zip member states its checksum before its data. Values are made in any order and by several threads when they are written, so the
// checksum comes from making them once before: producers give the same bytes each time.
#include "io/npz/writer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/parallel.hpp"
#include "io/npz/metadata_block.hpp"
#include "io/npz/zip_format.hpp"
#include "io/write/file_set.hpp"
#include "io/write/place.hpp"

namespace evenkeel::npz {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t chunk = std::uint64_t{1} << 22U;

std::uint32_t crc_of(std::uint32_t crc, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Continues `crc` with the bytes that a producer makes.
std::uint32_t crc_of(std::uint32_t crc, const Producer& producer, std::uint64_t size) {
  const std::uint64_t unit = producer.unit;
  const std::uint64_t part = unit == 0 ? std::max<std::uint64_t>(size, 1) : std::max<std::uint64_t>(chunk / unit, 1) * unit;
  const auto parts = static_cast<std::int64_t>((size + part - 1) / part);
  std::vector<std::uint32_t> crcs(static_cast<std::size_t>(parts));
  parallel_for(parts, 1, 0, [&](std::int64_t first, std::int64_t last) {
    std::vector<std::byte> room(std::min(part, size));
    for (std::int64_t i = first; i < last; ++i) {
      const std::uint64_t begin = static_cast<std::uint64_t>(i) * part;
      const std::span<std::byte> out(room.data(), std::min(part, size - begin));
      producer.make(begin, out);
      crcs[static_cast<std::size_t>(i)] = crc_of(0, out);
    }
  });
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::uint64_t length = std::min(part, size - static_cast<std::uint64_t>(i) * part);
    crc = static_cast<std::uint32_t>(crc32_combine(crc, crcs[static_cast<std::size_t>(i)], static_cast<z_off_t>(length)));
  }
  return crc;
}

using Replaced = std::vector<const Producer*>;  // by entry of the archive

class Writer final : public ModelWriter {
 public:
  explicit Writer(std::shared_ptr<const Arrays> arrays) : arrays_(std::move(arrays)) {}

  void write(const fs::path& given, std::span<const Replacement> replacements, const WriteOptions& options) const override {
    const fs::path out = target_of(given);
    std::error_code error;
    if (!options.overwrite && fs::exists(out, error)) fail_exists(given);
    if (!options.splits.empty())
      fail(ErrorCode::invalid_argument, "write_model: an array cannot be taken apart: the file has no nodes that would read the parts");
    std::map<std::string, std::string> metadata = arrays_->archive.metadata;
    for (const auto& [key, value] : options.metadata) metadata.insert_or_assign(key, value);
    const bool same = replacements.empty() && metadata == arrays_->archive.metadata;
    const Replaced replaced = place(replacements);
    check_kept(replaced);
    std::vector<Piece> pieces;
    if (same)
      pieces.push_back({{0, bytes().size()}, {}, std::nullopt});
    else
      pieces = splice(replaced, metadata);
    write_files({{}, {out, bytes(), &arrays_->map, std::move(pieces)}, {}}, options);
  }

 private:
  [[nodiscard]] std::string_view bytes() const { return arrays_->map.bytes(); }

  Replaced place(std::span<const Replacement> replacements) const {
    Replaced replaced(arrays_->archive.entries.size(), nullptr);
    for (const Replacement& replacement : replacements) {
      if (replacement.tensor < 0 || static_cast<std::size_t>(replacement.tensor) >= arrays_->members.size()) {
        fail(ErrorCode::invalid_argument,
             fmt::format("write_model: tensor {} is none of the model's {}", replacement.tensor, arrays_->members.size()));
      }
      const Member& member = arrays_->members[static_cast<std::size_t>(replacement.tensor)];
      if (!replacement.producer.make)
        fail(ErrorCode::invalid_argument, fmt::format("write_model: nothing produces the new values of '{}'", member.name));
      if (member.npy.dtype == DType::other) {
        fail(ErrorCode::unsupported, fmt::format("{}: '{}' is of type {}, which is only copied; it cannot be replaced, only kept",
                                                 arrays_->path.string(), member.name, member.npy.type));
      }
      if (replaced[member.entry] != nullptr)
        fail(ErrorCode::invalid_argument, fmt::format("write_model: '{}' is replaced twice", member.name));
      replaced[member.entry] = &replacement.producer;
    }
    return replaced;
  }

  /// Damage is not copied: the new file would look as good as new.
  void check_kept(const Replaced& replaced) const {
    const std::vector<Entry>& entries = arrays_->archive.entries;
    parallel_for(static_cast<std::int64_t>(entries.size()), 1, 0, [&](std::int64_t first, std::int64_t last) {
      for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
        if (replaced[i] == nullptr && is_readable(entries[i])) arrays_->checks->check(arrays_->map, arrays_->archive, i);
      }
    });
  }

  /// The array's header: as it stands where new values fit it, else made little-endian and row-major.
  [[nodiscard]] std::string header_of(const Entry& entry, const Npy& npy) const {
    const bool fits = is_plain(entry, npy);
    return fits ? std::string(bytes().substr(entry.data.begin, npy.length)) : npy_header(npy);
  }

  [[nodiscard]] const Npy& npy_of(std::size_t entry) const {
    return std::find_if(arrays_->members.begin(), arrays_->members.end(), [&](const Member& member) { return member.entry == entry; })->npy;
  }

  /// A stored member with new values; its entry gets the new numbers.
  void replace(Entry& entry, std::size_t number, const Producer& producer, std::uint64_t at, std::vector<Piece>& pieces) const {
    const Npy& npy = npy_of(number);
    const std::string header = header_of(entry, npy);
    const std::uint64_t size = static_cast<std::uint64_t>(element_count(npy.shape)) * npy.width;
    entry.crc = crc_of(crc_of(0, std::as_bytes(std::span(header))), producer, size);
    entry.method = 0;
    entry.flags &= flag_utf8;
    entry.size = header.size() + size;
    std::string local = local_header(entry);
    entry.header = {at, at + local.size()};
    entry.data = {entry.header.end, entry.header.end + entry.size};
    pieces.push_back({{}, local + header, std::nullopt});
    if (size > 0) pieces.push_back({{}, {}, Payload{&producer, size}});
  }

  [[nodiscard]] std::vector<Piece> splice(const Replaced& replaced, const std::map<std::string, std::string>& metadata) const {
    const Archive& archive = arrays_->archive;
    std::vector<Entry> entries = archive.entries;
    std::vector<std::size_t> order(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return entries[a].header.begin < entries[b].header.begin; });
    std::vector<Piece> pieces;
    std::uint64_t end = 0;   // of what was written
    std::uint64_t from = 0;  // of what is to be copied
    const auto copy_to = [&](std::uint64_t to) {
      if (to > from) pieces.push_back({{from, to}, {}, std::nullopt});
      end += to - from;
      from = to;
    };
    for (const std::size_t i : order) {
      Entry& entry = entries[i];
      const Range header = entry.header, data = entry.data;
      copy_to(header.begin);
      if (replaced[i] == nullptr) {
        entry.header = {end, end + header.size()};
        entry.data = {entry.header.end, entry.header.end + data.size()};
        copy_to(data.end);
        continue;
      }
      // A descriptor behind the data would describe the old ones.
      const bool described = (entry.flags & flag_descriptor) != 0;
      replace(entry, i, *replaced[i], end, pieces);
      end = entry.data.end;
      from = described ? next_after(order, i) : data.end;
    }
    copy_to(archive.members_end);
    // NumPy takes a file without members for an archive only if it begins with the end record.
    const std::string block = entries.empty() ? std::string() : metadata_block(metadata);
    pieces.push_back({{}, block + directory_of(entries, end + block.size(), archive.comment), std::nullopt});
    return pieces;
  }

  /// Where the member behind this one begins in the old file.
  [[nodiscard]] std::uint64_t next_after(const std::vector<std::size_t>& order, std::size_t entry) const {
    const auto at = std::find(order.begin(), order.end(), entry) + 1;
    return at == order.end() ? arrays_->archive.members_end : arrays_->archive.entries[*at].header.begin;
  }

  std::shared_ptr<const Arrays> arrays_;
};

}  // namespace

std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const Arrays> arrays) { return std::make_shared<Writer>(std::move(arrays)); }

}  // namespace evenkeel::npz
