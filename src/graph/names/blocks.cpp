// SPDX-License-Identifier: Apache-2.0
#include "graph/names/blocks.hpp"

#include <algorithm>

#include "graph/names/branch_norms.hpp"
#include "graph/names/functions.hpp"

namespace evenkeel::names {
namespace {

bool is_attention_function(Function f) {
  return is_one_of_functions(
      f, {Function::query, Function::key, Function::value, Function::packed_qkv, Function::packed_kv, Function::attention_out});
}

bool is_feed_forward_function(Function f) {
  return is_one_of_functions(
      f, {Function::ffn_in, Function::ffn_gate, Function::ffn_up, Function::ffn_gate_up, Function::ffn_out, Function::router});
}

/// Changes of resolution between blocks.
bool is_transition(const Path& path) noexcept {
  return path_has_word(path, {"downsampling_layer", "downsamplers", "upsamplers", "transition", "downsampling", "patch_embeddings",
                              "patch_embed", "embeddings", "embedder", "stem"});
}

bool is_shortcut(const Path& path) noexcept {
  return path_has_word(path, {"downsample", "shortcut", "skip", "conv_shortcut", "identity", "residual_conv", "nin_shortcut"});
}

/// Length of the path up to the last number before `end`; 0 where there is none.
std::size_t numbered_prefix(const Path& path, std::size_t end) {
  for (std::size_t i = std::min(end, path.size()); i-- > 0;)
    if (path[i].index >= 0) return i + 1;
  return 0;
}

/// Position of the word that names the sublayer: "self_attn" in layers.0.self_attn.q_proj.
std::size_t sublayer_at(const Path& path) {
  std::size_t last = path.size() - 1;
  while (last > 0 && path[last].is_number()) --last;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Path one{path[i]};
    if (i > 0 && !path[i].is_number() && (in_attention(one) || in_feed_forward(one)) && numbered_prefix(path, i) > 0) return i;
  }
  return last;
}

std::string stream_of(const Path& path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].index < 0) continue;
    std::string stream = joined(path, i);
    if (!path[i].stem.empty() && !is_one_of(path[i].stem, {"layer", "stage", "block"}))
      stream += (stream.empty() ? "" : ".") + path[i].stem;
    return stream;
  }
  return joined(path, path.size());
}

struct Grouping {
  std::vector<NamedBranch>& branches;
  std::map<std::string, std::size_t> index;

  NamedBranch& at(const std::string& key, const std::string& stream, const std::string& block) {
    const auto [place, fresh] = index.try_emplace(key, branches.size());
    if (fresh) {
      branches.emplace_back();
      branches.back().stream = stream;
      branches.back().block = block;
    }
    return branches[place->second];
  }
};

/// Innermost numbered place that holds more than one layer and is followed by a name: the block of a convolutional net.
std::size_t convolution_block(const Path& path, const std::map<std::string, int>& layers_below) {
  for (std::size_t i = path.size() - 1; i-- > 0;) {
    if (path[i].index < 0 || path[i + 1].is_number()) continue;
    const auto found = layers_below.find(joined(path, i + 1));
    if (found != layers_below.end() && found->second > 1) return i + 1;
  }
  return 0;
}

/// A stage, not a block: others lie within it.
bool holds_blocks(const std::vector<NamedBranch>& branches, const NamedBranch& b) {
  if (!b.convolutional) return false;
  return std::any_of(branches.begin(), branches.end(), [&](const NamedBranch& other) {
    return other.block.size() > b.block.size() && other.block.starts_with(b.block) && other.block[b.block.size()] == '.';
  });
}

/// Wide inside, with a depthwise kernel, and as many channels out as in: the inverted residual of mobile nets.
bool is_inverted(const Reading& reading, const NamedBranch& b) {
  if (b.members.size() < 3) return false;
  const auto shape = [&](std::size_t m) { return reading.shape(*reading.weight_of(reading.modules[m])); };
  const Shape first = shape(b.members.front()), last = shape(b.members.back());
  const bool depthwise = std::any_of(b.members.begin(), b.members.end(),
                                     [&](std::size_t m) { return shape(m).size() == 4 && shape(m)[1] == 1 && shape(m)[0] > last[0]; });
  return depthwise && first.size() == 4 && last.size() == 4 && first[1] == last[0];
}

/// Stages whose borders no shortcut bridges are streams of their own (stages.1.blocks).
void split_stages(const Reading& reading, std::vector<NamedBranch>& branches, const std::map<std::string, bool>& has_shortcut) {
  std::map<std::string, int> in_block;
  for (const NamedBranch& b : branches) ++in_block[b.block];
  for (NamedBranch& b : branches) {
    if (has_shortcut.contains(b.stream) || (in_block[b.block] < 2 && !b.convolutional)) continue;
    const Path& path = reading.modules[b.members.front()].path;
    std::size_t at = 0;
    for (std::size_t i = 0; i < path.size() && joined(path, i).size() < b.block.size(); ++i) at = path[i].index >= 0 ? i : at;
    b.stream = joined(path, at) + (at > 0 && !path[at].stem.empty() ? "." : "") + path[at].stem;
  }
}

bool residual_by_name(const Reading& reading, const Path& path, std::size_t block) {
  if (path_has_word(path, {"res", "resblock", "resblocks", "residual", "resnet", "resnets", "bottleneck", "bottlenecks", "basic_block",
                           "res_block", "residual_layer", "residual_block"}))
    return true;
  if (reading.settings.family_is(path, {"resnet", "regnet", "convnext", "convnextv2", "bit", "efficientnet", "mobilenet_v2", "mobilevit",
                                        "focalnet", "van", "poolformer"}))
    return true;
  // layer1.0.conv1 as torchvision has it, stages.0.blocks.0 as timm has it
  return block >= 2 && path[block - 1].is_number() &&
         (path[block - 2].stem == "layer" || is_one_of(path[block - 2].text, {"blocks", "layers"})) &&
         path_has_word(path, {"stages", "layer", "stage"});
}

bool has_router(const Reading& reading, const NamedBranch& b) {
  return std::any_of(b.members.begin(), b.members.end(), [&](std::size_t m) { return reading.functions[m] == Function::router; });
}

bool stacks_out(const Reading& reading, std::size_t module) { return is_one_of(reading.modules[module].last(), {"output_linear"}); }

}  // namespace

bool is_one_of_functions(Function f, std::initializer_list<Function> choices) noexcept {
  return std::find(choices.begin(), choices.end(), f) != choices.end();
}

const NamedBranch* Blocks::find(std::size_t module) const {
  const auto found = of.find(module);
  return found == of.end() ? nullptr : &branches[found->second];
}

Blocks find_blocks(const Reading& reading, const std::vector<std::size_t>& weighted, const std::vector<std::size_t>& norms) {
  Blocks blocks;
  Grouping grouping{blocks.branches, {}};
  std::map<std::string, int> layers_below;
  bool any_attention = false;
  for (const std::size_t m : weighted) {
    const Path& path = reading.modules[m].path;
    for (std::size_t n = 1; n < path.size(); ++n) ++layers_below[joined(path, n)];
    any_attention = any_attention || is_attention_function(reading.functions[m]);
  }
  std::map<std::string, bool> has_shortcut;  // by stream
  for (const std::size_t m : weighted) {
    const Path& path = reading.modules[m].path;
    if (is_shortcut(path)) has_shortcut[stream_of(path)] = true;
  }
  for (const std::size_t m : weighted) {
    const Path& path = reading.modules[m].path;
    const Function f = reading.functions[m];
    const bool attention = is_attention_function(f);
    if (any_attention && (attention || is_feed_forward_function(f) || in_experts(path))) {
      const std::size_t at = sublayer_at(path), prefix = numbered_prefix(path, at);
      if (prefix == 0) continue;
      const std::string block = joined(path, prefix);
      const std::string key =
          block + (attention ? "/" + (in_attention({path[at]}) ? path[at].text : std::string("attention")) : std::string("/ffn"));
      NamedBranch& branch = grouping.at(key, stream_of(path), block);
      branch.attention = attention;
      branch.members.push_back(m);
      continue;
    }
    const std::size_t prefix = is_transition(path) ? 0 : convolution_block(path, layers_below);
    if (prefix == 0 || reading.functions[m] == Function::modulation) continue;
    const std::string stream = stream_of(path), block = joined(path, prefix);
    const Entry* weight = reading.weight_of(reading.modules[m]);
    const bool matrix = weight != nullptr && reading.shape(*weight).size() == 2;
    if (any_attention && (in_attention(path) || matrix)) continue;
    NamedBranch& branch = grouping.at(block + "/conv", stream, block);
    branch.convolutional = true;
    branch.by_shape = !residual_by_name(reading, path, prefix) && !has_shortcut.contains(stream);
    (is_shortcut(path) ? branch.shortcut : branch.members).push_back(m);
  }
  std::erase_if(blocks.branches, [&](const NamedBranch& b) {
    return b.members.empty() || holds_blocks(blocks.branches, b) || (b.by_shape && !is_inverted(reading, b));
  });
  split_stages(reading, blocks.branches, has_shortcut);
  std::map<std::string, int> streams, counts;
  for (NamedBranch& b : blocks.branches) {
    b.branch.stream = streams.try_emplace(b.stream, static_cast<int>(streams.size())).first->second;
    b.branch.index = counts[b.stream]++;
    b.branch.layers = static_cast<int>(b.members.size());
    b.branch.kind = b.shortcut.empty() ? "identity" : "projection";
    b.branch.add = b.block;
  }
  for (std::size_t i = 0; i < blocks.branches.size(); ++i) {
    NamedBranch& b = blocks.branches[i];
    b.branch.count = counts[b.stream];
    const auto repeats = reading.settings.integer(reading.modules[b.members.front()].path, {"num_hidden_layers"});
    if (reading.settings.family_is(reading.modules[b.members.front()].path, {"albert"}) && repeats)
      b.branch.count = static_cast<int>(std::max<std::int64_t>(b.branch.count, 2 * *repeats));
    for (const std::size_t m : b.members) blocks.of[m] = i;
    for (const std::size_t m : b.shortcut) blocks.of[m] = i;
  }
  set_branch_norms(reading, blocks, norms);
  return blocks;
}

std::optional<Branch> place_in(const Reading& reading, const Blocks& blocks, std::size_t module) {
  const NamedBranch* b = blocks.find(module);
  if (b == nullptr) return std::nullopt;
  Branch branch = b->branch;
  const Function f = reading.functions[module];
  if (std::find(b->shortcut.begin(), b->shortcut.end(), module) != b->shortcut.end())
    branch.position = BranchPosition::shortcut;
  else if (b->members.size() == 1)
    branch.position = BranchPosition::only;
  else if (f == Function::router)
    branch.position = BranchPosition::inner;
  else if (b->convolutional ? module == b->members.back()
                            : f == Function::attention_out || f == Function::ffn_out || stacks_out(reading, module))
    branch.position = BranchPosition::last;
  else if (!b->attention && has_router(reading, *b))
    branch.position = BranchPosition::inner;
  else if ((!b->convolutional &&
            is_one_of_functions(f, {Function::query, Function::key, Function::value, Function::packed_qkv, Function::packed_kv,
                                    Function::ffn_in, Function::ffn_gate, Function::ffn_up, Function::ffn_gate_up})) ||
           module == b->members.front())
    branch.position = BranchPosition::first;
  else
    branch.position = BranchPosition::inner;
  return branch;
}

}  // namespace evenkeel::names
