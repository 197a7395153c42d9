// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutator for safetensors files: changes the JSON header by its tokens and puts the right length before it, so that inputs get
// past the first eight bytes. One change in eight is left to the plain mutator.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "target.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace evenkeel::fuzz {
namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

/// Texts in quotes, numbers and single marks.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
    } else if (text.find_first_of("0123456789-", at) == at) {
      end = std::min(text.find_first_not_of("0123456789.eE+-", at), text.size());
    }
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

bool is_number(const std::string& token) { return token.find_first_of("0123456789") == 0; }

std::string other_number(Random& random, const std::string& token) {
  constexpr std::array<const char*, 12> numbers{"0",
                                                "1",
                                                "-1",
                                                "2",
                                                "4294967296",
                                                "9223372036854775807",
                                                "9223372036854775808",
                                                "18446744073709551615",
                                                "1e2",
                                                "0.5",
                                                "4611686018427387904",
                                                "65537"};
  if (token.size() < 15 && below(random, 2) == 0) {
    const auto step = static_cast<std::int64_t>(below(random, 9)) - 4;
    return std::to_string(std::strtoll(token.c_str(), nullptr, 10) + step);
  }
  return numbers[below(random, numbers.size())];
}

void change(Random& random, std::vector<std::string>& tokens) {
  const std::size_t at = below(random, tokens.size());
  const std::size_t other = below(random, tokens.size());
  switch (below(random, 6)) {
    case 0: {
      std::vector<std::size_t> numbers;
      for (std::size_t i = 0; i < tokens.size(); ++i)
        if (is_number(tokens[i])) numbers.push_back(i);
      if (numbers.empty()) break;
      std::string& number = tokens[numbers[below(random, numbers.size())]];
      number = other_number(random, number);
      break;
    }
    case 1:
      tokens[at] = tokens[other];
      break;
    case 2:
      std::swap(tokens[at], tokens[other]);
      break;
    case 3:
      tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 4: {  // a stretch once more: an entry, a dimension
      const std::size_t end = std::min(tokens.size(), at + 1 + below(random, 24));
      const std::vector<std::string> stretch(tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                             tokens.begin() + static_cast<std::ptrdiff_t>(end));
      tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(end), stretch.begin(), stretch.end());
      break;
    }
    default: {
      std::string& token = tokens[at];
      const std::size_t size = token.size();
      token.resize(size + 8);
      token.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(token.data()), size, token.size()));
    }
  }
}

}  // namespace
}  // namespace evenkeel::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  using namespace evenkeel::fuzz;
  Random random(seed);
  std::uint64_t length = 0;
  if (size > 8) std::memcpy(&length, data, 8);
  if (size <= 8 || length > size - 8 || below(random, 8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view file = text_of(data, size);
  std::vector<std::string> tokens = tokens_of(file.substr(8, length));
  for (std::size_t i = 0; i < 1 + below(random, 3) && !tokens.empty(); ++i) change(random, tokens);
  std::string header;
  for (const std::string& token : tokens) header += token;
  std::string tail(file.substr(8 + length));
  if (below(random, 6) == 0) tail.resize(below(random, 128), 'x');
  const std::uint64_t written = header.size();
  const std::string whole = std::string(reinterpret_cast<const char*>(&written), 8) + header + tail;
  if (whole.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, whole.data(), whole.size());
  return whole.size();
}
