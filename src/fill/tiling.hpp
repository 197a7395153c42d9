// SPDX-License-Identifier: Apache-2.0
// Strided memory and views are filled tile by tile; a value never depends on its tile, only on its stream index.
#pragma once

#include <cstdint>
#include <vector>

#include "fill/layout.hpp"
#include "fill/source.hpp"

namespace evenkeel {

inline constexpr std::int64_t grain_elements = 1 << 17;  // below this a thread costs more than it saves

/// One axis runs along the stream (the smallest stride), one across it (the smallest memory stride of the others); the rest are looped
/// over.
class Tiling {
 public:
  Tiling(const Layout& layout, const Source& source, char* data);

  [[nodiscard]] std::int64_t tiles() const noexcept { return tiles_; }
  /// Tiles that are worth a thread.
  [[nodiscard]] std::int64_t grain() const noexcept;
  void run(std::int64_t begin, std::int64_t end) const;

 private:
  template <class Less>
  Axis take(Less less);
  void run_tile(std::int64_t tile, std::vector<char>& buffer) const;
  void turn(std::int64_t index, std::int64_t length, std::int64_t width, char* out, std::vector<char>& buffer) const;

  const Source& source_;
  char* data_;
  std::int64_t offset_;
  std::vector<Axis> rest_;
  Axis along_{1, 1, 1};
  Axis across_{1, 1, 1};
  bool direct_ = false;
  std::int64_t stride_ = 1;
  std::int64_t along_tile_ = 1;
  std::int64_t across_tile_ = 1;
  std::int64_t tiles_ = 1;
};

}  // namespace evenkeel
