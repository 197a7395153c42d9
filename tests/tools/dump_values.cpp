// SPDX-License-Identifier: Apache-2.0
// Writes raw values to standard output, for judges in Python. One request a line of standard input:
//   fill COUNT LAW PARAMETERS... DTYPE SEED NAME INDEX      as in tests/vectors/stream_v1.txt, COUNT elements from INDEX on
//   haar COUNT ROWS COLUMNS DTYPE SEED                      COUNT matrices of the scheme `orthogonal`, named m0, m1, ...
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "backend/vector_line.hpp"
#include "evenkeel/schemes/generate.hpp"

namespace {

using namespace evenkeel;

void write(const std::vector<std::uint8_t>& bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
    throw std::runtime_error("standard output does not take the values");
}

void dump_fill(std::istringstream& line) {
  std::int64_t count = 0;
  line >> count;
  std::string rest;
  std::getline(line, rest);
  const test::VectorLine wanted = test::parse_vector_line(rest);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count) * size_of(wanted.dtype));
  const View view{.global = {std::int64_t{1} << 62}, .strides = {1}, .offset = wanted.index};
  fill({.data = bytes.data(), .dtype = wanted.dtype, .shape = {count}, .strides = {}}, wanted.law, wanted.stream, {.view = view});
  write(bytes);
}

void dump_haar(std::istringstream& line) {
  std::int64_t count = 0;
  Geometry geometry{.role = Role::dense, .layout = "OI", .shape = {0, 0}};
  std::string dtype;
  std::uint64_t seed = 0;
  if (!(line >> count >> geometry.shape[0] >> geometry.shape[1] >> dtype >> seed)) throw std::runtime_error("incomplete request");
  const DType type = find_dtype(dtype).value();
  const Scheme scheme = parse_scheme("orthogonal");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(geometry.shape[0] * geometry.shape[1]) * size_of(type));
  for (std::int64_t i = 0; i < count; ++i) {
    generate({.data = bytes.data(), .dtype = type, .shape = geometry.shape, .strides = {}}, scheme, geometry,
             make_stream(seed, "m" + std::to_string(i)));
    write(bytes);
  }
}

}  // namespace

int main() {
  try {
    for (std::string text; std::getline(std::cin, text);) {
      std::istringstream line(text);
      std::string what;
      line >> what;
      if (what == "fill") {
        dump_fill(line);
      } else if (what == "haar") {
        dump_haar(line);
      } else {
        throw std::runtime_error("unknown request: " + text);
      }
    }
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 2;
  }
}
