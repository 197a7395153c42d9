// SPDX-License-Identifier: Apache-2.0
// Prints a file of sweep lines with hashes for those that have none, on the fastest backend. Hashes that stand in the file stay as they
// are.
#include <cstdio>
#include <fstream>
#include <string>

#include "backend/word_sweep.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: print_word_sweep FILE\n");
    return 2;
  }
  std::ifstream file(arguments[1]);
  std::string text;
  while (std::getline(file, text)) {
    if (!text.empty() && text[0] != '#') {
      const evenkeel::test::SweepLine line = evenkeel::test::parse_sweep_line(text);
      if (line.hash.empty()) text = line.inputs + " " + evenkeel::test::sweep(evenkeel::choose_table({}), line);
    }
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }
}
