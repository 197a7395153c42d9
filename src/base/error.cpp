// SPDX-License-Identifier: Apache-2.0
// The one place where the library throws.
#include "evenkeel/base/error.hpp"

namespace evenkeel {

void fail(ErrorCode code, const std::string& message) { throw Error(code, message); }

}  // namespace evenkeel
