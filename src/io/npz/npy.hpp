// SPDX-License-Identifier: Apache-2.0
// The header of a NumPy array: a Python dictionary with type, order and shape.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/shape.hpp"
#include "io/json/events.hpp"

namespace evenkeel::npz {

/// The longest header that is read. NumPy itself stops at 10,000 bytes unless told otherwise.
inline constexpr std::uint64_t longest_npy_header = 1 << 20;
/// How many bytes tell how long the header is.
inline constexpr std::uint64_t npy_lead = 12;

struct Npy {
  std::uint64_t length = 0;  // of all that stands before the data
  std::string type;          // "<f4"; a structured type as it is written
  DType dtype = DType::other;
  std::uint64_t width = 0;  // bytes of an element; 0: not known (structured types, pickles)
  bool big_endian = false;
  bool column_major = false;
  bool pickled = false;
  Shape shape;
};

/// Whole length of the header from its first npy_lead bytes (fewer where the member is shorter). Throws bad_file, as `origin` says.
[[nodiscard]] std::uint64_t npy_length(const json::Origin& origin, std::string_view lead);
/// `header` is as long as npy_length says.
[[nodiscard]] Npy read_npy(const json::Origin& origin, std::string_view header);
/// A header as numpy.save writes it: little-endian, row-major, padded so that the data are aligned.
[[nodiscard]] std::string npy_header(const Npy& like);

}  // namespace evenkeel::npz
