// SPDX-License-Identifier: Apache-2.0
// Bytes of tensors: raw_data and external data as they stand, the typed fields decoded.
#include "io/onnx/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "evenkeel/base/error.hpp"
#include "io/write/output_file.hpp"

namespace evenkeel::onnx {
namespace {

namespace fs = std::filesystem;

std::string describe(const TensorProto& tensor) {
  return fmt::format("tensor '{}' of shape {} and type {}", tensor.name, to_string(tensor.dims), data_type_name(tensor.data_type));
}

/// Appends the elements of the typed field; every value is cut to the width of the dtype.
void decode(const Source& source, const TensorProto& tensor, std::size_t width, std::vector<std::byte>& out) {
  const auto append = [&](const void* value) {
    const auto* const first = static_cast<const std::byte*>(value);
    out.insert(out.end(), first, first + width);
  };
  Fields fields(source, tensor.body, "TensorProto");
  while (fields.next()) {
    if (fields.tag() != tensor.typed_field) continue;
    if (tensor.typed_field == 4 || tensor.typed_field == 10) {
      const Range place = fields.is_bytes() ? fields.bytes() : Range{fields.place().end - width, fields.place().end};
      const auto* const first = reinterpret_cast<const std::byte*>(source.text(place).data());
      out.insert(out.end(), first, first + place.size());
    } else {
      fields.each_integer([&](std::int64_t value) { append(&value); });
    }
  }
}

/// The path an untrusted location names; it may not leave `folder`, neither by its words nor through links.
fs::path resolve(const Source& source, const TensorProto& tensor, const fs::path& folder) {
  const fs::path location(tensor.location);
  bool outside = tensor.location.empty() || location.is_absolute() || tensor.location.find('\0') != std::string_view::npos;
  for (const fs::path& part : location) outside = outside || part == "..";
  const std::string what = fmt::format("{} keeps its data in '{}'", describe(tensor), tensor.location);
  if (outside) {
    source.fail_at(tensor.body.begin, what +
                                          ", expected a path within the model's folder; do not trust this file, or save it again with its "
                                          "data beside it");
  }
  fs::path path = folder / location;
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    source.fail_at(tensor.body.begin,
                   fmt::format("{}, but {} cannot be opened: {}; put the data file there", what, path.string(), error.message()));
  }
  const fs::path real_folder = fs::canonical(folder, error);
  const fs::path relative = real.lexically_relative(real_folder);
  if (error || relative.empty() || *relative.begin() == "..") {
    source.fail_at(
        tensor.body.begin,
        fmt::format("{}, which is a link out of the model's folder, to {}; copy the data file into the folder", what, real.string()));
  }
  return path;
}

}  // namespace

std::uint64_t byte_size_of(const Source& source, const TensorProto& tensor) {
  const std::uint64_t limit = std::uint64_t{1} << 62U;
  const std::uint64_t width = size_of(dtype_of(tensor.data_type));
  bool empty = false;
  std::uint64_t bytes = std::max<std::uint64_t>(width, 1);  // of a type without a width the elements have to be countable too
  for (const std::int64_t dimension : tensor.dims) {
    empty = empty || dimension == 0;
    if (dimension != 0 && bytes > limit / static_cast<std::uint64_t>(dimension)) {
      source.fail_at(tensor.body.begin, describe(tensor) + " is larger than any file; export the model again or check the download");
    }
    bytes *= static_cast<std::uint64_t>(std::max<std::int64_t>(dimension, 1));
  }
  return empty || width == 0 ? 0 : bytes;
}

OnnxFile::OnnxFile(const fs::path& path) : path_(path), map_(path), source_{path.string(), map_.bytes()}, model_(parse_model(source_)) {
  for_each_tensor(model_, [this](const TensorProto& tensor) { check(tensor); });
}

OnnxFile::OnnxFile(std::string name, std::string bytes)
    : memory_(std::move(bytes)), source_{std::move(name), memory_}, model_(parse_model(source_)), missing_data_(MissingData::allowed) {
  for_each_tensor(model_, [this](const TensorProto& tensor) { check(tensor); });
}

void OnnxFile::check(const TensorProto& tensor) {
  using Data = TensorProto::Data;
  const bool known = dtype_of(tensor.data_type) != DType::other;
  const std::uint64_t expected = byte_size_of(source_, tensor);
  if (tensor.data == Data::external) {
    check_external(tensor, expected);
    return;
  }
  if (!known || (tensor.data == Data::none && (expected == 0 || missing_data_ == MissingData::allowed))) return;
  if (tensor.data == Data::none) {
    source_.fail_at(tensor.body.begin,
                    fmt::format("{} needs {} bytes, but has no data at all; export the model again", describe(tensor), expected));
  }
  if (tensor.data == Data::raw) {
    if (tensor.raw.size() != expected) {
      source_.fail_at(tensor.raw.begin, fmt::format("{} needs {} bytes, its raw_data has {}; export the model again or check the download",
                                                    describe(tensor), expected, tensor.raw.size()));
    }
    return;
  }
  const std::uint64_t count = expected / size_of(dtype_of(tensor.data_type));
  if (tensor.typed_field != typed_field_of(tensor.data_type) || tensor.typed_count != count) {
    source_.fail_at(tensor.body.begin,
                    fmt::format("{} needs {} elements in field {} of TensorProto, found {} in field {}; export the model "
                                "again or check the download",
                                describe(tensor), count, typed_field_of(tensor.data_type), tensor.typed_count, tensor.typed_field));
  }
}

const OnnxFile::External& OnnxFile::open_external(const TensorProto& tensor) {
  const auto found = externals_.find(tensor.location);
  if (found != externals_.end()) return found->second;
  if (missing_data_ == MissingData::allowed) fail(ErrorCode::internal, source_.name + ": a model in memory has no external data");
  const fs::path path = resolve(source_, tensor, folder_of(path_));
  if (std::error_code error; !fs::is_regular_file(path, error)) {
    source_.fail_at(tensor.body.begin,
                    fmt::format("{} keeps its data in {}, expected a file there, found a folder, a pipe or a device; put "
                                "the data file there",
                                describe(tensor), path.string()));
  }
  return externals_.emplace(std::string(tensor.location), External{path, MappedFile(path)}).first->second;
}

void OnnxFile::check_external(const TensorProto& tensor, std::uint64_t expected) {
  const External& external = open_external(tensor);
  const bool known = dtype_of(tensor.data_type) != DType::other;
  const std::uint64_t length = tensor.external_length.value_or(expected);
  const std::uint64_t size = external.map.bytes().size();
  if (known && length != expected) {
    source_.fail_at(tensor.body.begin, fmt::format("{} needs {} bytes, its external data are said to have {}; export the model again",
                                                   describe(tensor), expected, length));
  }
  if (tensor.external_offset > size || length > size - tensor.external_offset) {
    source_.fail_at(
        tensor.body.begin,
        fmt::format("{} needs bytes {} to {} of {}, which has only {}; the data file looks truncated: export the model again or "
                    "check the download",
                    describe(tensor), tensor.external_offset, tensor.external_offset + length, external.path.string(), size));
  }
}

std::optional<OnnxFile::Stored> OnnxFile::find_stored(const TensorProto& tensor) const {
  if (tensor.data == TensorProto::Data::raw) return Stored{map(), source_.text(tensor.raw), tensor.raw.begin};
  if (tensor.data != TensorProto::Data::external) return std::nullopt;
  const MappedFile& file = externals_.find(tensor.location)->second.map;
  const std::uint64_t rest = file.bytes().size() - tensor.external_offset;
  const bool known = dtype_of(tensor.data_type) != DType::other;
  const std::uint64_t length = tensor.external_length.value_or(known ? byte_size_of(source_, tensor) : rest);
  return Stored{&file, file.bytes().substr(tensor.external_offset, length), tensor.external_offset};
}

TensorBytes OnnxFile::part_of(const TensorProto& tensor, std::uint64_t begin, std::uint64_t size) const {
  if (const auto stored = find_stored(tensor)) {
    if (stored->map != nullptr) return stored->map->lend(stored->begin + begin, size);
    const std::string_view part = stored->bytes.substr(begin, size);
    return {{reinterpret_cast<const std::byte*>(part.data()), part.size()}, nullptr};
  }
  const std::size_t width = size_of(dtype_of(tensor.data_type));
  if (tensor.data == TensorProto::Data::typed && width != 0) {
    auto owner = std::make_shared<std::vector<std::byte>>();
    owner->reserve(tensor.typed_count * width);
    decode(source_, tensor, width, *owner);
    return {std::span<const std::byte>(*owner).subspan(begin, size), owner};
  }
  if (tensor.data == TensorProto::Data::none && byte_size_of(source_, tensor) == 0) return {};
  source_.fail_at(tensor.body.begin, describe(tensor) + " has no bytes that could be read");
}

TensorBytes OnnxFile::bytes_of(const TensorProto& tensor) const {
  const auto stored = find_stored(tensor);
  return part_of(tensor, 0, stored ? stored->bytes.size() : byte_size_of(source_, tensor));
}

}  // namespace evenkeel::onnx
