// SPDX-License-Identifier: Apache-2.0
// zlib counts in 32 bits, so that longer inputs and outputs go in parts.
#include "io/npz/inflater.hpp"

#include <algorithm>
#include <limits>

#include "evenkeel/base/error.hpp"

namespace evenkeel::npz {

Inflater::Inflater(std::string_view packed) : packed_(packed) {
  if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) fail(ErrorCode::internal, "zlib cannot be set up; is there memory left?");
}

std::size_t Inflater::run(std::span<std::byte> out) {
  std::size_t made = 0;
  while (state_ == Z_OK && made < out.size()) {
    const auto in = static_cast<uInt>(std::min<std::size_t>(packed_.size(), std::numeric_limits<uInt>::max()));
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.size() - made, std::numeric_limits<uInt>::max()));
    stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<char*>(packed_.data()));
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream_.avail_out = room;
    state_ = inflate(&stream_, Z_NO_FLUSH);
    packed_.remove_prefix(in - stream_.avail_in);
    made += room - stream_.avail_out;
  }
  return made;
}

}  // namespace evenkeel::npz
