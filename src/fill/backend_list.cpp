// SPDX-License-Identifier: Apache-2.0
// The whole policy: the list in order of preference, and how one is chosen.
#include <cstdlib>
#include <string>

#include "evenkeel/base/error.hpp"
#include "evenkeel/fill/fill.hpp"
#include "fill/kernel_table.hpp"

namespace evenkeel {
namespace {

constexpr const KernelTable* tables[] = {&avx512_table, &avx2_table, &neon_table, &portable_table};

std::string names_that_run() {
  std::string names;
  for (const KernelTable* table : tables) {
    if (table->supported()) names += (names.empty() ? "" : ", ") + std::string(table->name);
  }
  return names;
}

const KernelTable& find_table(std::string_view name, std::string_view asked_by) {
  for (const KernelTable* table : tables) {
    if (table->name == name && table->supported()) return *table;
  }
  fail(ErrorCode::invalid_argument,
       std::string(asked_by) + ": expected a backend that runs here (" + names_that_run() + "), got '" + std::string(name) + "'");
}

const KernelTable& default_table() {
  const char* forced = std::getenv("EVENKEEL_BACKEND");
  if (forced != nullptr && *forced != '\0') return find_table(forced, "EVENKEEL_BACKEND");
  for (const KernelTable* table : tables) {
    if (table->supported()) return *table;
  }
  return portable_table;
}

}  // namespace

std::span<const KernelTable* const> kernel_tables() noexcept { return tables; }

const KernelTable& choose_table(std::string_view name) {
  if (!name.empty()) return find_table(name, "fill");
  static const KernelTable& table = default_table();
  return table;
}

std::vector<Backend> backends() {
  std::vector<Backend> result;
  for (const KernelTable* table : tables) result.push_back({table->name, table->description, table->supported()});
  return result;
}

std::string_view active_backend() { return choose_table({}).name; }

}  // namespace evenkeel
