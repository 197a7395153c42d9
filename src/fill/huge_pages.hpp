// SPDX-License-Identifier: Apache-2.0
// Fresh memory costs more than the numbers that go into it; in huge pages it costs a third.
#pragma once

#include <cstdint>

namespace evenkeel {

/// Asks the system for huge pages under memory that is about to be written whole. Only whole huge pages inside the range, so nothing
/// beside it is touched or grows; memory that is small, already resident or of a kind that has none stays as it is. A request, never an
/// error.
void prefer_huge_pages(void* data, std::int64_t bytes) noexcept;

}  // namespace evenkeel
