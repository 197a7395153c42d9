// SPDX-License-Identifier: Apache-2.0
// Whether members have the checksums and lengths that the archive states: looked at once each, when their bytes are first wanted.
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <vector>

#include "io/json/events.hpp"
#include "io/mapped_file.hpp"
#include "io/npz/zip.hpp"

namespace evenkeel::npz {

/// Advice at the end of what is said about damage.
inline constexpr const char* damage_advice = "; save the file again or check the download";

[[nodiscard]] json::Origin origin_of(const std::string& file, const Entry& entry);
/// Throws bad_file where a member unpacked to another length or another checksum than it should.
void check_sum(const std::string& file, const Entry& entry, std::uint64_t size, std::uint32_t crc);

class Checks {
 public:
  explicit Checks(std::size_t members) : members_(members) {}

  /// Goes through the member's data, a few MiB in memory at a time. Throws bad_file where they are damaged, in every call. Several threads
  /// may call at once. The member has to be readable.
  void check(const MappedFile& map, const Archive& archive, std::size_t member);

 private:
  struct State {
    std::mutex mutex;
    bool sound = false;
  };
  std::vector<State> members_;
};

}  // namespace evenkeel::npz
