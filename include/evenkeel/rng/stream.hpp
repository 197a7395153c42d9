// SPDX-License-Identifier: Apache-2.0
// A stream is (seed, hash of the tensor's name); element i of it is a pure function of i. docs/stream-v1.md is the published contract.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evenkeel {

inline constexpr int stream_version = 1;

/// Which numbers: Philox key and upper counter words.
struct Stream {
  std::uint64_t seed = 0;
  std::uint64_t name = 0;
  bool operator==(const Stream&) const = default;
};

/// FNV-1a, 64 bits, over the bytes of the text.
[[nodiscard]] std::uint64_t hash_name(std::string_view text) noexcept;
/// "module.", "_orig_mod.", "_fsdp_wrapped_module." stripped wherever they stand at the start of a dotted component.
[[nodiscard]] std::string canonical_name(std::string_view name);
/// The stream of canonical_name(name); a purpose gives a scheme further independent streams (appended after one byte 0x1f).
[[nodiscard]] Stream make_stream(std::uint64_t seed, std::string_view name, std::string_view purpose = {});
/// A further stream of the same tensor: the hash goes on over one byte 0x1f and the purpose, so make_stream(s, n, p) ==
/// substream(make_stream(s, n), p). f64 elements come from substream(stream, "f64"): do not use that purpose for anything else.
[[nodiscard]] Stream substream(Stream stream, std::string_view purpose) noexcept;

}  // namespace evenkeel
