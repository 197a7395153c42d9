// SPDX-License-Identifier: Apache-2.0
// One row per type, as of safetensors 0.8.
#include "io/safetensors/types.hpp"

#include <algorithm>
#include <array>

namespace evenkeel::safetensors {
namespace {

// F8_E4M3 is the form without infinities, as PyTorch writes it.
constexpr std::array<Type, 22> types{
    {{"BOOL", 8, DType::boolean},      {"U8", 8, DType::u8},          {"I8", 8, DType::i8},         {"U16", 16, DType::u16},
     {"I16", 16, DType::i16},          {"U32", 32, DType::u32},       {"I32", 32, DType::i32},      {"U64", 64, DType::u64},
     {"I64", 64, DType::i64},          {"F4", 4, DType::other},       {"F6_E2M3", 6, DType::other}, {"F6_E3M2", 6, DType::other},
     {"F8_E4M3", 8, DType::f8e4m3},    {"F8_E5M2", 8, DType::f8e5m2}, {"F8_E8M0", 8, DType::other}, {"F8_E4M3FNUZ", 8, DType::other},
     {"F8_E5M2FNUZ", 8, DType::other}, {"F16", 16, DType::f16},       {"BF16", 16, DType::bf16},    {"F32", 32, DType::f32},
     {"F64", 64, DType::f64},          {"C64", 64, DType::other}}};

}  // namespace

const Type* find_type(std::string_view name) noexcept {
  const auto* const found = std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.name == name; });
  return found == types.end() ? nullptr : found;
}

std::string type_names() {
  std::string names;
  for (const Type& type : types) {
    if (!names.empty()) names += ", ";
    names += type.name;
  }
  return names;
}

}  // namespace evenkeel::safetensors
