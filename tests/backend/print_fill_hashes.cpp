// SPDX-License-Identifier: Apache-2.0
// Prints a file of hash lines with hashes for those that have none. Hashes that stand in the file stay as they are.
#include <cstdio>
#include <fstream>
#include <string>

#include "backend/fill_hash.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: print_fill_hashes FILE\n");
    return 2;
  }
  std::ifstream file(arguments[1]);
  std::string text;
  while (std::getline(file, text)) {
    if (!text.empty() && text[0] != '#') {
      const evenkeel::test::HashLine line = evenkeel::test::parse_hash_line(text);
      if (line.hash.empty()) text = line.inputs + " " + evenkeel::test::hash_of(line, 1);
    }
    std::printf("%s\n", text.c_str());
  }
}
