// SPDX-License-Identifier: Apache-2.0
// The one place where the library throws.
#include "evenkeel/base/error.hpp"

namespace evenkeel {
namespace {

// Names come from files, and a name may be as long as the file. What is expected stands at the end of a message, the place at its start.
constexpr std::size_t longest = 4000;

std::string shortened(const std::string& message) {
  if (message.size() <= longest) return message;
  return message.substr(0, longest / 2) + " ... " + message.substr(message.size() - longest / 4);
}

/// what() ends at the first zero byte.
std::string without_zeros(std::string message) {
  for (std::size_t at = message.find('\0'); at != std::string::npos; at = message.find('\0', at)) message.replace(at, 1, "\\x00");
  return message;
}

}  // namespace

void fail(ErrorCode code, const std::string& message) { throw Error(code, shortened(without_zeros(shortened(message)))); }

}  // namespace evenkeel
