// SPDX-License-Identifier: Apache-2.0
// What is known of a file of weights while its tensors are being told apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/graph/parameter.hpp"
#include "evenkeel/graph/weight_source.hpp"
#include "graph/names/modules.hpp"
#include "graph/names/settings.hpp"

namespace evenkeel::names {

/// What a module does in its block.
enum class Function : std::uint8_t {
  other,
  query,
  key,
  value,
  packed_qkv,
  packed_kv,
  attention_out,
  ffn_in,
  ffn_gate,
  ffn_up,
  ffn_gate_up,
  ffn_out,
  router,
  norm,
  head,
  modulation
};

/// certain: names and shapes that allow nothing else, or the settings' family; likely: the usual meaning of the name; assumed: a guess.
enum class Certainty : std::uint8_t { certain, likely, assumed };

struct Finding {
  Parameter parameter;
  Certainty certainty = Certainty::likely;
  std::size_t module = 0;
};

struct Reading {
  const Graph& graph;
  const WeightSource& weights;
  Settings settings;
  std::vector<Module> modules;
  std::map<std::string, std::vector<std::size_t>> children;  // by parent path
  std::vector<Function> functions;                           // per module
  std::vector<Finding> findings;                             // per module, weights first
  std::map<std::string, int> flipped;                        // last segments whose weights lie otherwise than their leaf says: votes

  Reading(const Graph& g, const WeightSource& w);

  [[nodiscard]] const Shape& shape(const Entry& entry) const { return graph.tensors[static_cast<std::size_t>(entry.tensor)].shape; }
  [[nodiscard]] const Shape* shape_of(const Module& module, std::string_view leaf) const;
  /// The tensor that is the module's weight, whatever its leaf is called.
  [[nodiscard]] const Entry* weight_of(const Module& module) const;
  [[nodiscard]] const Module* find(const std::string& path) const;
  [[nodiscard]] const Module* sibling(const Module& module, std::string_view last) const;
  [[nodiscard]] bool has_sibling(const Module& module, std::initializer_list<std::string_view> words) const;

 private:
  std::map<std::string, std::size_t> index_;
};

/// "config.json says bert", for evidence; "" where it says nothing.
[[nodiscard]] std::string family_words(const Reading& reading, const Path& path);
[[nodiscard]] std::string_view to_string(Certainty certainty) noexcept;

/// A tensor with its role and the reason why; consumer and node are filled from the module.
[[nodiscard]] Finding make_finding(const Reading& reading, std::size_t module, const Entry& entry, Role role, std::string layout,
                                   std::string op, Certainty certainty, const std::string& why);

}  // namespace evenkeel::names
