// SPDX-License-Identifier: Apache-2.0
// Where the stored bytes of a graph's tensors come from: a memory map, an external data file, a generated constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "evenkeel/graph/graph.hpp"

namespace evenkeel {

/// Little-endian, row-major elements of the tensor's dtype. `owner` keeps them, or gives the pages of a file back when it goes; it is empty
/// where the bytes are simply borrowed from the source.
struct TensorBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  /// Throws bad_file where the bytes are missing or have another length than shape and dtype ask for.
  [[nodiscard]] virtual TensorBytes read(TensorId tensor) const = 0;
  /// Whether read_part costs no more than its part: the file holds the bytes as read() gives them.
  [[nodiscard]] virtual bool has_parts(TensorId) const { return false; }
  /// Bytes [begin, begin + size) of read(). Only the part counts as memory, where has_parts; large tensors should be read in this way.
  [[nodiscard]] virtual TensorBytes read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const;
  /// Whether the file holds values (a built-in spec declares tensors without any).
  [[nodiscard]] virtual bool has_values(TensorId tensor) const = 0;
  /// The value all elements share, where that is known without reading them (ConstantOfShape).
  [[nodiscard]] virtual std::optional<double> find_fill(TensorId tensor) const = 0;
};

/// Elements as doubles (any dtype but `other`), at most `limit` of them.
[[nodiscard]] std::vector<double> numbers_of(const WeightSource& source, const Graph& graph, TensorId tensor, std::int64_t limit);

}  // namespace evenkeel
