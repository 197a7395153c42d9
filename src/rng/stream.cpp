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

// The components of the canonical name in their order, each with its dot.
template <class Use>
void for_each_kept_part(std::string_view name, const Use& use) {
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (std::find(wrappers.begin(), wrappers.end(), name.substr(0, dot)) == wrappers.end()) use(name.substr(0, dot + 1));
    name.remove_prefix(dot + 1);
  }
  use(name);
}

}  // namespace

std::uint64_t hash_name(std::string_view text) noexcept { return continue_hash(fnv_offset, text); }

std::string canonical_name(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  for_each_kept_part(name, [&](std::string_view part) { result.append(part); });
  return result;
}

Stream make_stream(std::uint64_t seed, std::string_view name, std::string_view purpose) {
  Stream stream{.seed = seed, .name = fnv_offset};
  for_each_kept_part(name, [&](std::string_view part) { stream.name = continue_hash(stream.name, part); });
  return purpose.empty() ? stream : substream(stream, purpose);
}

Stream substream(Stream stream, std::string_view purpose) noexcept {
  return {.seed = stream.seed, .name = continue_hash(continue_hash(stream.name, {&purpose_separator, 1}), purpose)};
}

}  // namespace evenkeel
