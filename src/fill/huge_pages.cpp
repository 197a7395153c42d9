// SPDX-License-Identifier: Apache-2.0
#include "fill/huge_pages.hpp"

#if defined(__linux__)
#include <sys/mman.h>

#include <cerrno>
#endif

namespace evenkeel {

#if defined(__linux__)

void prefer_huge_pages(void* data, std::int64_t bytes) noexcept {
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  constexpr std::int64_t worth_a_call = std::int64_t{1} << 23;
  if (bytes < worth_a_call) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t skipped = (page - begin % page) % page;
  const std::uintptr_t length = (static_cast<std::uintptr_t>(bytes) - skipped) / page * page;
  const int error = errno;  // a kernel without huge pages says EINVAL, which the caller must not see
  static_cast<void>(madvise(static_cast<char*>(data) + skipped, length, MADV_HUGEPAGE));
  errno = error;
}

#else

void prefer_huge_pages(void*, std::int64_t) noexcept {}

#endif

}  // namespace evenkeel
