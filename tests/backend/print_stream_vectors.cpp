// SPDX-License-Identifier: Apache-2.0
// Prints a file of vector lines with the bits that this library makes. Only for new lines: stream v1 never changes, and the test compares.
#include <cstdio>
#include <fstream>
#include <string>

#include "backend/vector_line.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: print_stream_vectors FILE\n");
    return 2;
  }
  std::ifstream file(arguments[1]);
  std::string text;
  while (std::getline(file, text)) {
    if (text.empty() || text[0] == '#') {
      std::printf("%s\n", text.c_str());
      continue;
    }
    const evenkeel::test::VectorLine line = evenkeel::test::parse_vector_line(text);
    std::printf("%s %s\n", line.inputs.c_str(), evenkeel::test::bits_of(line, "portable").c_str());
  }
}
