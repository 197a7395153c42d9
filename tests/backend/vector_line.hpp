// SPDX-License-Identifier: Apache-2.0
// One line of tests/vectors/stream_v1.txt: "<law> <parameters> <dtype> <seed> <name> <index> <bits>", and how its bits are made.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>

#include "evenkeel/fill/fill.hpp"

namespace evenkeel::test {

struct VectorLine {
  std::string inputs;  // all but the bits
  Distribution law;
  DType dtype = DType::f32;
  Stream stream;
  std::int64_t index = 0;
  std::string bits;  // as hexadecimal digits, empty where the line has none yet
};

// "inf" and "-inf" are bounds too, so not operator>>; subnormal numbers too, so not stod.
inline double read_real(std::istream& in) {
  std::string word;
  if (!(in >> word)) throw std::runtime_error("a parameter is missing");
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (end != word.c_str() + word.size()) throw std::runtime_error("a parameter is no number: " + word);
  return value;
}

inline VectorLine parse_vector_line(const std::string& text) {
  std::istringstream in(text);
  VectorLine line;
  std::string law;
  std::string dtype;
  std::uint64_t seed = 0;
  std::string name;
  in >> law;
  const double a = read_real(in);
  const double b = read_real(in);
  if (law == "uniform") {
    line.law = Uniform{a, b};
  } else if (law == "log_uniform") {
    line.law = LogUniform{a, b};
  } else if (law == "normal") {
    line.law = Normal{a, b};
  } else if (law == "truncated_normal") {
    const double low = read_real(in);
    line.law = TruncatedNormal{a, b, low, read_real(in)};
  } else {
    throw std::runtime_error("unknown law " + law);
  }
  if (!(in >> dtype >> seed >> name >> line.index)) throw std::runtime_error("incomplete line: " + text);
  line.dtype = find_dtype(dtype).value();
  line.stream = make_stream(seed, name);
  const auto end = in.tellg();
  line.inputs = end < 0 ? text : text.substr(0, static_cast<std::size_t>(end));
  in >> line.bits;
  return line;
}

inline std::string bits_of(const VectorLine& line, std::string_view backend) {
  std::uint64_t code = 0;
  const View view{.global = {std::int64_t{1} << 62}, .strides = {1}, .offset = line.index};
  fill({.data = &code, .dtype = line.dtype, .shape = {1}, .strides = {}}, line.law, line.stream,
       {.view = view, .threads = 1, .backend = backend});
  std::ostringstream out;
  out << std::hex << std::setfill('0') << std::setw(static_cast<int>(2 * size_of(line.dtype))) << code;
  return out.str();
}

}  // namespace evenkeel::test
