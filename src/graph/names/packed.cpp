// SPDX-License-Identifier: Apache-2.0
// Rows of packed matrices: queries, keys and values; gate and up.
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

constexpr std::int64_t most_sections = 4096;

struct Heads {
  std::int64_t queries = 0, keys = 0, width = 0;  // width of one head
};

Heads heads_of(const Reading& reading, const Module& m, std::int64_t width) {
  const Settings& s = reading.settings;
  Heads h;
  h.queries = s.integer(m.path, {"num_attention_heads", "n_head", "num_heads", "n_heads", "encoder_attention_heads", "heads"}).value_or(0);
  h.keys =
      s.integer(m.path, {"num_key_value_heads", "num_kv_heads", "n_head_kv", "kv_n_heads", "multi_query_group_num", "num_query_groups"})
          .value_or(0);
  const auto kv = s.integer(m.path, {"attn_config.kv_n_heads"});
  if (h.keys == 0 && kv) h.keys = *kv;
  if (h.keys == 0) h.keys = s.flag(m.path, {"multi_query"}).value_or(false) ? 1 : h.queries;
  h.width = s.integer(m.path, {"head_dim", "attention_head_size", "d_kv", "kv_channels"}).value_or(h.queries > 0 ? width / h.queries : 0);
  return h;
}

void add(Packing& packing, const char* name, std::int64_t rows) {
  const std::int64_t at = packing.sections.empty() ? 0 : packing.sections.back().end;
  packing.sections.push_back({name, at, at + rows});
}

/// Whether the family keeps q, k, v of one head (or of one group of heads) together.
bool interleaves(const Reading& reading, const Module& m) {
  return m.last() == "query_key_value" &&
         reading.settings.family_is(m.path, {"gpt_neox", "bloom", "falcon", "gpt_neox_japanese", "persimmon", "refinedweb"});
}

}  // namespace

Packing pack_qkv(const Reading& reading, const Module& m, std::int64_t size, std::int64_t width) {
  Packing packing;
  const Heads h = heads_of(reading, m, width);
  const bool known = h.queries > 0 && h.keys > 0 && h.width > 0 && (h.queries + 2 * h.keys) * h.width == size;
  const bool together = interleaves(reading, m) || (reading.settings.family_is(m.path, {"gpt_bigcode"}) && h.keys == h.queries);
  if (known && together && 3 * h.keys <= most_sections) {
    const bool multi_query = h.keys == 1 || h.queries % h.keys != 0;
    const std::int64_t per_group = multi_query ? h.queries : h.queries / h.keys;
    for (std::int64_t g = 0; g < (multi_query ? 1 : h.keys); ++g) {
      add(packing, "q", per_group * h.width);
      add(packing, "k", h.width);
      add(packing, "v", h.width);
    }
    packing.certainty = Certainty::certain;
    packing.why = "q, k, v interleaved by heads, as " + reading.settings.family(m.path) + " stores them";
    return packing;
  }
  if (known) {
    const bool value_first = reading.settings.family_is(m.path, {"codegen"});
    add(packing, "q", h.queries * h.width);
    add(packing, value_first ? "v" : "k", h.keys * h.width);
    add(packing, value_first ? "k" : "v", h.keys * h.width);
    packing.certainty = Certainty::certain;
    packing.why = "q, k, v by the heads that " + reading.settings.origin() + " states";
    return packing;
  }
  if (size % 3 == 0 && (size == 3 * width || h.queries == 0)) {
    add(packing, "q", size / 3);
    add(packing, "k", size / 3);
    add(packing, "v", size / 3);
    packing.certainty = size == 3 * width ? Certainty::likely : Certainty::assumed;
    packing.why = size == 3 * width ? "three times its input: q, k, v" : "three equal parts taken for q, k, v";
    return packing;
  }
  if (size > width && (size - width) % 2 == 0) {
    add(packing, "q", width);
    add(packing, "k", (size - width) / 2);
    add(packing, "v", (size - width) / 2);
    packing.certainty = Certainty::assumed;
    packing.why = "as many queries as inputs, the rest keys and values";
  }
  return packing;
}

Packing pack_halves(std::int64_t size, const char* first, const char* second) {
  Packing packing;
  if (size % 2 != 0) return packing;
  add(packing, first, size / 2);
  add(packing, second, size / 2);
  return packing;
}

void set_sections(Finding& f, const Packing& packing, int axis, Role role) {
  if (packing.sections.empty()) {
    f.parameter.evidence.push_back("its parts do not add up to the size of the axis, so that it is taken as one matrix");
    return;
  }
  f.parameter.geometry.role = role;
  f.parameter.geometry.section_axis = axis;
  f.parameter.geometry.sections = packing.sections;
  if (!packing.why.empty()) f.parameter.evidence.push_back(packing.why);
  if (packing.certainty == Certainty::assumed) {
    f.parameter.assumed = true;
    f.parameter.evidence.push_back("the order of its parts is *assumed*");
  }
}

}  // namespace evenkeel::names
