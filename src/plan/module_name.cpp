// SPDX-License-Identifier: Apache-2.0
// The patterns are those of the exporters of PyTorch and of tf2onnx.
#include "plan/module_name.hpp"

#include <algorithm>

namespace evenkeel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); });
}

}  // namespace

bool is_numbered(std::string_view name) noexcept {
  std::size_t digits = 0;
  while (digits < name.size() && is_digit(name[name.size() - 1 - digits])) ++digits;
  if (digits == 0) return false;
  std::string_view front = name.substr(0, name.size() - digits);
  if (front.empty() || front == "val_" || front == "_val_") return true;
  if (!front.starts_with("onnx::") || !front.ends_with('_')) return front == "const_fold_opt__";
  front.remove_prefix(6);
  front.remove_suffix(1);
  return is_word(front);
}

std::vector<std::string> module_names_of(const Parameter& parameter) {
  if (parameter.scope.empty()) return {};
  const Role role = parameter.geometry.role;
  if (role == Role::bias || role == Role::norm_shift) return {parameter.scope + ".bias"};
  if (role == Role::packed_qkv) return {parameter.scope + ".weight", parameter.scope + ".in_proj_weight"};
  const bool weight = has_fans(role) || role == Role::embedding || role == Role::norm_scale;
  return weight ? std::vector{parameter.scope + ".weight"} : std::vector<std::string>{};
}

}  // namespace evenkeel
