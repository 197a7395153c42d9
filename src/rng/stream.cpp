// SPDX-License-Identifier: Apache-2.0
// Names to the upper counter words. Wrappers of a model (DataParallel, torch.compile, FSDP) must not change its numbers.
#include "evenkeel/rng/stream.hpp"

#include <algorithm>
#include <array>

namespace evenkeel {
namespace {

constexpr std::uint64_t fnv_offset = 0xcbf29ce484222325;
constexpr std::uint64_t fnv_prime = 0x100000001b3;
constexpr char purpose_separator = '\x1f';
constexpr std::array<std::string_view, 3> wrappers = {"module", "_orig_mod", "_fsdp_wrapped_module"};

std::uint64_t continue_hash(std::uint64_t hash, std::string_view text) noexcept {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * fnv_prime;
  return hash;
}

}  // namespace

std::uint64_t hash_name(std::string_view text) noexcept { return continue_hash(fnv_offset, text); }

std::string canonical_name(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  for (;;) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return result.append(name);
    const std::string_view component = name.substr(0, dot);
    if (std::find(wrappers.begin(), wrappers.end(), component) == wrappers.end()) result.append(component).push_back('.');
    name.remove_prefix(dot + 1);
  }
}

Stream make_stream(std::uint64_t seed, std::string_view name, std::string_view purpose) {
  const Stream stream{.seed = seed, .name = hash_name(canonical_name(name))};
  return purpose.empty() ? stream : substream(stream, purpose);
}

Stream substream(Stream stream, std::string_view purpose) noexcept {
  return {.seed = stream.seed, .name = continue_hash(continue_hash(stream.name, {&purpose_separator, 1}), purpose)};
}

}  // namespace evenkeel
