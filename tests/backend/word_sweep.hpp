// SPDX-License-Identifier: Apache-2.0
// One line of tests/vectors/word_sweep.txt, "<map> <parameters> <hash>": a map of f32 words to values, over all 2^32 of them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "fill/kernel_table.hpp"
#include "fill/prepare.hpp"

namespace evenkeel::test {

struct SweepLine {
  std::string inputs;  // all but the hash
  std::string map;
  KernelArguments arguments = {};
  std::string hash;  // empty where the line has none yet
};

inline KernelArguments arguments_of(const Distribution& law, Law expected) {
  const Prepared prepared = prepare(law, DType::f32, Stream{});
  if (prepared.law != expected) throw std::runtime_error("the parameters belong to another kernel");
  return prepared.arguments;
}

inline SweepLine parse_sweep_line(const std::string& text) {
  std::istringstream in(text);
  SweepLine line;
  in >> line.map;
  if (line.map == "truncated") {
    TruncatedNormal law;
    in >> law.mean >> law.std >> law.low >> law.high;
    line.arguments = arguments_of(law, Law::truncated);
  } else if (line.map == "log_uniform") {
    LogUniform law;
    in >> law.low >> law.high;
    line.arguments = arguments_of(law, Law::log_uniform);
  } else if (line.map != "radius" && line.map != "angle") {
    throw std::runtime_error("unknown map " + line.map);
  }
  const auto end = in.tellg();
  line.inputs = end < 0 ? text : text.substr(0, static_cast<std::size_t>(end));
  in >> line.hash;
  return line;
}

/// A word whose radius is 1, so that a sweep of the angle gives sines and cosines as they are.
inline std::uint32_t unit_radius_word() {
  std::array<std::uint32_t, 64> words;
  std::array<float, 64> values;
  for (std::uint32_t first = 0x9b450000; first < 0x9b480000; first += 64) {  // u near exp(-1/2)
    for (std::uint32_t i = 0; i < 64; ++i) words[i] = first + i;
    portable_table.kernels.words.radius({}, 0, words.data(), 64, values.data());
    for (std::uint32_t i = 0; i < 64; ++i) {
      if (values[i] == 1) return words[i];
    }
  }
  throw std::runtime_error("no word has the radius 1");
}

inline std::uint64_t hash_bytes(std::uint64_t hash, const void* data, std::size_t size) {
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, static_cast<const char*>(data) + at, 8);
    hash = (hash ^ word) * 0x100000001b3;
  }
  return hash;
}

/// All words in order, 2^14 at a time (the even and the odd elements of an angle follow each other so far apart). FNV-1a over 64-bit words:
/// of the values within 2^20 words, then of these 4096 hashes. `step` 4: only of every fourth of them, and the last.
inline std::string sweep(const KernelTable& table, const SweepLine& line, std::int64_t step = 1) {
  constexpr std::uint64_t seed = 0xcbf29ce484222325;
  constexpr std::size_t batch = 1 << 14;
  constexpr std::uint32_t part = 1 << 20;
  const WordKernels& kernels = table.kernels.words;
  const bool angle = line.map == "angle";
  const WordKernel kernel = line.map == "radius"      ? kernels.radius
                            : angle                   ? kernels.angle
                            : line.map == "truncated" ? kernels.truncated
                                                      : kernels.log_uniform;
  // The angle 0: its cosine is 1, so that the even element is the radius.
  const std::uint32_t partner = angle ? unit_radius_word() : 0;
  std::vector<std::uint64_t> hashes((std::uint64_t{1} << 32) / part);
  parallel_for(static_cast<std::int64_t>(hashes.size()), 1, 0, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint32_t> words(batch);
    std::vector<float> values(angle ? 2 * batch : batch);
    for (std::int64_t p = begin; p < end; ++p) {
      if (p % step != 0 && p + 1 != static_cast<std::int64_t>(hashes.size())) continue;
      std::uint64_t hash = seed;
      for (std::uint32_t at = 0; at < part; at += batch) {
        for (std::uint32_t i = 0; i < batch; ++i) words[i] = static_cast<std::uint32_t>(p) * part + at + i;
        kernel(line.arguments, partner, words.data(), batch, values.data());
        hash = hash_bytes(hash, values.data(), values.size() * sizeof(float));
      }
      hashes[static_cast<std::size_t>(p)] = hash;
    }
  });
  std::ostringstream out;
  out << std::hex << std::setfill('0') << std::setw(16) << hash_bytes(seed, hashes.data(), hashes.size() * sizeof(std::uint64_t));
  return out.str();
}

}  // namespace evenkeel::test
