// SPDX-License-Identifier: Apache-2.0
// Raw deflate, the form in zip files, unpacked piece by piece.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace evenkeel::npz {

class Inflater {
 public:
  /// `packed` is borrowed.
  explicit Inflater(std::string_view packed);
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out` with what comes next, as far as the data reach; how many bytes that were.
  [[nodiscard]] std::size_t run(std::span<std::byte> out);
  /// Packed bytes that were not read yet.
  [[nodiscard]] std::size_t left() const noexcept { return packed_.size(); }

 private:
  std::string_view packed_;
  z_stream stream_{};
  int state_ = Z_OK;
};

}  // namespace evenkeel::npz
