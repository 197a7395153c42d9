// SPDX-License-Identifier: Apache-2.0
// Any run of stream indices as elements: whole Philox blocks straight into memory, the broken ones at both ends by way of a buffer.
#pragma once

#include <cstdint>

#include "evenkeel/base/dtype.hpp"
#include "fill/kernel_table.hpp"
#include "fill/prepare.hpp"

namespace evenkeel {

class Source {
 public:
  Source(const KernelTable& table, const Prepared& prepared, DType dtype);

  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }
  void generate(std::int64_t index, std::int64_t count, char* out) const noexcept;
  /// One element, at the cost of one block.
  void generate_one(std::int64_t index, char* out) const noexcept;

 private:
  void generate_constant(std::int64_t count, char* out) const noexcept;
  void generate_some(std::int64_t index, std::int64_t count, char* out) const noexcept;

  Prepared prepared_;
  Kernel kernel_;
  Kernel single_;  // of the portable table: without lanes that are thrown away
  std::int64_t bytes_;
  std::int64_t per_block_;
};

}  // namespace evenkeel
