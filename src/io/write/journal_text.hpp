// SPDX-License-Identifier: Apache-2.0
// The journal's content: fields that end in NUL, since a file name may hold anything else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/write/journal.hpp"

namespace evenkeel {

[[nodiscard]] std::string print_journal(const PendingCommit& commit);
/// nullopt where the text is cut short or is none of ours: nothing was renamed then.
[[nodiscard]] std::optional<PendingCommit> parse_journal(std::string_view text);

}  // namespace evenkeel
