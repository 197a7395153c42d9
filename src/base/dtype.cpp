// SPDX-License-Identifier: Apache-2.0
// One row per element type: name, bytes, whether it can be filled.
#include "evenkeel/base/dtype.hpp"

#include <array>

namespace evenkeel {
namespace {

struct Row {
  std::string_view name;
  std::size_t size;
  bool floating;
};

// In the order of DType.
constexpr std::array<Row, 16> rows = {{{"float64", 8, true},
                                       {"float32", 4, true},
                                       {"float16", 2, true},
                                       {"bfloat16", 2, true},
                                       {"float8_e4m3fn", 1, true},
                                       {"float8_e5m2", 1, true},
                                       {"int8", 1, false},
                                       {"int16", 2, false},
                                       {"int32", 4, false},
                                       {"int64", 8, false},
                                       {"uint8", 1, false},
                                       {"uint16", 2, false},
                                       {"uint32", 4, false},
                                       {"uint64", 8, false},
                                       {"bool", 1, false},
                                       {"other", 0, false}}};
static_assert(static_cast<std::size_t>(DType::other) + 1 == rows.size());

const Row& row_of(DType dtype) noexcept { return rows[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::size_t size_of(DType dtype) noexcept { return row_of(dtype).size; }

bool is_floating(DType dtype) noexcept { return row_of(dtype).floating; }

std::string_view to_string(DType dtype) noexcept { return row_of(dtype).name; }

std::optional<DType> find_dtype(std::string_view name) noexcept {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace evenkeel
