// SPDX-License-Identifier: Apache-2.0
// The one exception type of the library. A bad model is a finding, an absent thing is an optional; only misuse and bad input throw.
#pragma once

#include <stdexcept>
#include <string>

namespace evenkeel {

enum class ErrorCode { invalid_argument, bad_file, unsupported, device, communication, output, internal };

/// Carries a message that says what was expected, what was received and what to do; file errors name path and byte offset.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Throws Error.
[[noreturn]] void fail(ErrorCode code, const std::string& message);

}  // namespace evenkeel
