// SPDX-License-Identifier: Apache-2.0
// model-00001-of-00003.safetensors, and model-00001-of-00003.1f8a09c2.safetensors where that is taken.
#include "io/safetensors/shard_names.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "io/write/place.hpp"

namespace evenkeel::safetensors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view extension = ".safetensors";
constexpr std::size_t digits = 8;

/// The index's name without ".safetensors.index.json".
std::string stem_of(const fs::path& index) {
  std::string name = index.filename().string();
  if (name.ends_with(index_suffix)) name.resize(name.size() - index_suffix.size());
  if (name.ends_with(extension)) name.resize(name.size() - extension.size());
  return name.empty() ? "model" : name;
}

/// Without the digits that an earlier writing added.
std::string without_digits(std::string name) {
  const std::size_t tail = 1 + digits + extension.size();
  if (name.size() <= tail || !name.ends_with(extension) || name[name.size() - tail] != '.') return name;
  const std::size_t begin = name.size() - tail;
  if (name.substr(begin + 1, digits).find_first_not_of("0123456789abcdef") != std::string::npos) return name;
  return name.erase(begin, 1 + digits);
}

std::uint32_t hash_of(const std::string& text) {  // FNV-1a
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

ShardNames::ShardNames(const Index& old, fs::path out) : old_(old), out_(std::move(out)) {}

bool ShardNames::take(const std::string& name) {
  std::error_code error;
  const bool exists = fs::symlink_status(folder_of(out_) / name, error).type() != fs::file_type::not_found;
  return !exists && name != out_.filename().string() && taken_.insert(name).second;
}

std::string ShardNames::usual(std::size_t shard) const {
  const std::string stem = stem_of(out_);
  if (stem == stem_of(old_.path)) return without_digits(fs::path(old_.shards[shard]).filename().string());
  return fmt::format("{}-{:05}-of-{:05}{}", stem, shard + 1, old_.shards.size(), extension);
}

std::string ShardNames::fresh(std::size_t shard) {
  std::string first = usual(shard);
  if (take(first)) return first;
  const std::string stem = first.ends_with(extension) ? first.substr(0, first.size() - extension.size()) : first;
  for (std::uint64_t attempt = 0;; ++attempt) {
    std::string name = fmt::format("{}.{:08x}{}", stem, hash_of(fmt::format("{}#{}", first, attempt)), extension);
    if (take(name)) return name;
  }
}

}  // namespace evenkeel::safetensors
