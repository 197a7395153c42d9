// SPDX-License-Identifier: Apache-2.0
// One line of tests/vectors/fill_hashes.txt, "<dtype> <kind>:<shape> <view> <scheme> <hash>": a whole tensor, or the part of it that a view
// takes.
#pragma once

#include <cstdint>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/schemes/generate.hpp"

namespace evenkeel::test {

struct HashLine {
  std::string inputs;  // all but the hash
  DType dtype = DType::f32;
  Geometry geometry;
  Shape shape;  // of what is stored
  View view;
  Scheme scheme;
  std::string hash;  // empty where the line has none yet
};

/// "37x53", or "-1x53" for strides.
inline std::vector<std::int64_t> parse_sizes(const std::string& text) {
  std::vector<std::int64_t> sizes;
  std::istringstream in(text);
  std::string size;
  while (std::getline(in, size, 'x')) sizes.push_back(std::stoll(size));
  return sizes;
}

inline Geometry geometry_of(const std::string& kind, const Shape& shape) {
  if (kind == "plain") return {Role::unknown, "", shape, 1, {}, {}, -1, {}};
  if (kind == "dense") return {Role::dense, "OI", shape, 1, {}, {}, -1, {}};
  if (kind == "conv") return {Role::conv, "OIHW", shape, 1, {}, {}, -1, {}};
  if (kind == "heads") return {Role::per_head_in, "DHK", shape, 1, {}, {}, -1, {}};
  if (kind == "experts") return {Role::expert_stack, "EIO", shape, 1, {}, {}, -1, {}};
  if (kind != "gates") throw std::runtime_error("unknown kind " + kind);
  const std::int64_t gate = shape[0] / 4;
  return {Role::packed_gates,
          "OI",
          shape,
          1,
          {},
          {},
          0,
          {{"i", 0, gate}, {"o", gate, 2 * gate}, {"f", 2 * gate, 3 * gate}, {"c", 3 * gate, 4 * gate}}};
}

/// The view is "whole" or "<shape>/<strides>+<offset>".
inline HashLine parse_hash_line(const std::string& text) {
  std::istringstream in(text);
  std::string dtype, tensor, view, scheme;
  HashLine line;
  if (!(in >> dtype >> tensor >> view >> scheme)) throw std::runtime_error("incomplete line: " + text);
  const auto end = in.tellg();
  line.inputs = end < 0 ? text : text.substr(0, static_cast<std::size_t>(end));
  in >> line.hash;
  line.dtype = find_dtype(dtype).value();
  const std::size_t colon = tensor.find(':');
  line.geometry = geometry_of(tensor.substr(0, colon), parse_sizes(tensor.substr(colon + 1)));
  line.shape = line.geometry.shape;
  line.scheme = parse_scheme(scheme);
  if (view == "whole") return line;
  const std::size_t slash = view.find('/');
  const std::size_t plus = view.find('+');
  line.shape = parse_sizes(view.substr(0, slash));
  line.view = {line.geometry.shape, parse_sizes(view.substr(slash + 1, plus - slash - 1)), std::stoll(view.substr(plus + 1))};
  return line;
}

/// FNV-1a of the bytes, of stream (7, "golden.weight").
inline std::string hash_of(const HashLine& line, int threads) {
  std::vector<unsigned char> bytes(static_cast<std::size_t>(element_count(line.shape)) * size_of(line.dtype));
  generate({bytes.data(), line.dtype, line.shape, {}}, line.scheme, line.geometry, make_stream(7, "golden.weight"), {},
           {.view = line.view, .threads = threads});
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  std::ostringstream out;
  out << std::hex << std::setfill('0') << std::setw(16) << hash;
  return out.str();
}

}  // namespace evenkeel::test
