// SPDX-License-Identifier: Apache-2.0
// Marks, sizes and flags of the zip format (PKWARE's APPNOTE 6.3.10).
#pragma once

#include <cstdint>

namespace evenkeel::npz {

inline constexpr std::uint64_t local_mark = 0x04034b50;
inline constexpr std::uint64_t central_mark = 0x02014b50;
inline constexpr std::uint64_t end_mark = 0x06054b50;
inline constexpr std::uint64_t wide_end_mark = 0x06064b50;
inline constexpr std::uint64_t locator_mark = 0x07064b50;

inline constexpr std::uint64_t local_size = 30;
inline constexpr std::uint64_t central_size = 46;
inline constexpr std::uint64_t end_size = 22;
inline constexpr std::uint64_t wide_end_size = 56;
inline constexpr std::uint64_t locator_size = 20;

inline constexpr std::uint64_t wide_field = 0x0001;  // zip64's extra field

inline constexpr std::uint16_t flag_encrypted = 0x0001;
inline constexpr std::uint16_t flag_descriptor = 0x0008;  // sizes and checksum follow the data
inline constexpr std::uint16_t flag_utf8 = 0x0800;

}  // namespace evenkeel::npz
