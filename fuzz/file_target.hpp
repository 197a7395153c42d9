// SPDX-License-Identifier: Apache-2.0
// A target of one model file, with files beside it that the input may name.
#pragma once

#include <string>
#include <string_view>

#include "round_trip.hpp"
#include "target.hpp"

namespace evenkeel::fuzz {

/// A folder with `model`, its inner folder, and a file outside that no input may reach.
class Place {
 public:
  Place(std::string_view input, std::string_view written) : input_(input), written_(written) {
    std::filesystem::create_directories(folder_ / "model/sub");
    std::filesystem::create_symlink("../secret", folder_ / "model/link");
  }

  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }
  /// Puts a file beside the input, in its inner folder, and out of its reach.
  void put_everywhere(const std::string& name, std::string_view bytes) const {
    write_bytes(folder_ / ("model/" + name), bytes);
    write_bytes(folder_ / ("model/sub/" + name), bytes);
    write_bytes(folder_ / "secret", bytes);
  }

  void run(std::string_view bytes) const {
    write_bytes(folder_ / ("model/" + input_), bytes);
    read_plan_write(folder_ / ("model/" + input_), folder_ / ("model/" + written_));
  }

 private:
  Folder folder_;
  std::string input_;
  std::string written_;
};

}  // namespace evenkeel::fuzz
