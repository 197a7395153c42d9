// SPDX-License-Identifier: Apache-2.0
// A member of the archive that holds an array: its header, and its bytes as others want them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "io/npz/npy.hpp"
#include "io/npz/zip.hpp"

namespace evenkeel::npz {

struct Member {
  std::size_t entry = 0;  // in the archive
  std::string name;       // without ".npy"
  Npy npy;
};

/// Unpacks no more than the header. Throws bad_file for a member that is no array or has another length than its header asks for.
[[nodiscard]] Member read_member(const std::string& file, std::string_view bytes, const Archive& archive, std::size_t entry);

/// Whether the file holds the elements as they are handed out: stored, little-endian, row-major.
[[nodiscard]] bool is_plain(const Entry& entry, const Npy& npy) noexcept;
/// Elements, unpacked, little-endian and row-major. Throws bad_file where checksum or length are wrong.
[[nodiscard]] std::vector<std::byte> elements_of(const std::string& file, std::string_view bytes, const Entry& entry, const Npy& npy);

}  // namespace evenkeel::npz
