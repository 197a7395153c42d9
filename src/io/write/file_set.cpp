// SPDX-License-Identifier: Apache-2.0
// Data files are complete before the file that names them takes its place.
#include "io/write/file_set.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "io/write/output_file.hpp"

namespace evenkeel {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 23U;

std::uint64_t size_of_pieces(const OutputPlan& plan) {
  std::uint64_t size = 0;
  for (const Piece& piece : plan.pieces) size += piece.size();
  return size;
}

/// Copies pieces to a file and counts bytes for the progress callback. One tensor's bytes are held at a time.
class PieceWriter {
 public:
  PieceWriter(const WriteOptions& options, std::uint64_t total) : options_(options), total_(total) {}

  void write(OutputFile& out, const OutputPlan& plan) {
    for (const Piece& piece : plan.pieces) {
      if (piece.payload)
        write_bytes(out, produce(*piece.payload));
      else
        write_bytes(out, piece.literal.empty() ? plan.source.substr(piece.copy.begin, piece.copy.size()) : std::string_view(piece.literal));
    }
  }

 private:
  std::string_view produce(const Payload& payload) {
    if (payload.size > capacity_) {
      buffer_.reset();
      buffer_ = std::make_unique_for_overwrite<std::byte[]>(payload.size);
      capacity_ = payload.size;
    }
    payload.producer->make(0, {buffer_.get(), payload.size});
    return {reinterpret_cast<const char*>(buffer_.get()), payload.size};
  }

  void write_bytes(OutputFile& out, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, chunk);
      out.write(part);
      bytes.remove_prefix(part.size());
      done_ += part.size();
      if (options_.progress) options_.progress(static_cast<std::int64_t>(done_), static_cast<std::int64_t>(total_));
    }
  }

  const WriteOptions& options_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::unique_ptr<std::byte[]> buffer_;
  std::uint64_t capacity_ = 0;
};

}  // namespace

void write_files(const FileSet& files, const WriteOptions& options) {
  std::uint64_t total = size_of_pieces(files.commit);
  for (const OutputPlan& plan : files.data) total += size_of_pieces(plan);
  PieceWriter writer(options, total);
  std::vector<std::unique_ptr<OutputFile>> data;
  for (const OutputPlan& plan : files.data) {
    data.push_back(std::make_unique<OutputFile>(plan.target));
    writer.write(*data.back(), plan);
    data.back()->finish();
  }
  OutputFile commit(files.commit.target);
  writer.write(commit, files.commit);
  commit.finish();
  try {
    for (const auto& file : data) file->commit(Existing::refuse);
    if (!data.empty()) sync_folder(folder_of(files.commit.target));
    commit.commit(options.overwrite ? Existing::replace : Existing::refuse);
  } catch (...) {
    for (const auto& file : data) file->take_back();
    throw;
  }
  sync_folder(folder_of(files.commit.target));
}

}  // namespace evenkeel
