// SPDX-License-Identifier: Apache-2.0
// Little-endian numbers in and out of bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evenkeel::npz {

/// `width` bytes at `at`, which must be there.
[[nodiscard]] inline std::uint64_t number_at(std::string_view bytes, std::uint64_t at, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

inline void append_number(std::string& bytes, std::uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xffU);
}

}  // namespace evenkeel::npz
