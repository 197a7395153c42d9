// SPDX-License-Identifier: Apache-2.0
#include "graph/names/neighbours.hpp"

#include <algorithm>

#include "graph/names/activations.hpp"
#include "graph/names/blocks.hpp"
#include "graph/names/branch_norms.hpp"
#include "graph/names/channels.hpp"
#include "graph/names/functions.hpp"

namespace evenkeel::names {
namespace {

bool is_table_role(Role role) noexcept {
  return role == Role::embedding || role == Role::position_embedding || role == Role::position_bias || role == Role::query_embedding ||
         role == Role::token;
}

bool is_norm_role(Role role) noexcept {
  return role == Role::norm_scale || role == Role::norm_shift || role == Role::running_mean || role == Role::running_var;
}

bool says_head(const Module& m) {
  return std::any_of(m.path.begin(), m.path.end(), [](const Segment& s) {
    return has_any_word(s.text, {"lm_head", "head", "heads", "classifier", "score", "qa_outputs", "logits", "cls", "predictions",
                                 "embed_out", "output", "outc", "final", "fc", "decoder", "out", "post"});
  });
}

class Describer {
 public:
  Describer(Reading& reading, std::string option) : reading_(reading), option_(std::move(option)) {
    for (std::size_t i = 0; i < reading_.findings.size(); ++i) {
      const Finding& f = reading_.findings[i];
      const Role role = f.parameter.geometry.role;
      if (has_fans(role) && !is_table_role(role)) {
        if (weighted_.empty() || weighted_.back() != f.module) weighted_.push_back(f.module);
        weights_of_[f.module].push_back(i);
      }
      if (role == Role::norm_scale) norms_.push_back(f.module);
      tokens_ = tokens_ || role == Role::embedding;
      traits_.has_norm = traits_.has_norm || is_norm_role(role);
      traits_.quantized = traits_.quantized || role == Role::quantized;
      traits_.has_recurrence = traits_.has_recurrence || !f.parameter.cell.empty();
      traits_.has_convolution = traits_.has_convolution || f.parameter.node_op == "Conv" || f.parameter.node_op == "ConvTranspose";
      traits_.has_attention = traits_.has_attention || !f.parameter.attention.empty();
    }
    std::sort(weighted_.begin(), weighted_.end());
    weighted_.erase(std::unique(weighted_.begin(), weighted_.end()), weighted_.end());
    blocks_ = find_blocks(reading_, weighted_, norms_);
    set_norm_kinds();
  }

  ModelTraits describe() {
    int depth = 0;
    for (std::size_t i = 0; i < weighted_.size(); ++i) {
      const std::size_t m = weighted_[i];
      const bool beside = i > 0 && runs_beside(weighted_[i - 1], m);
      if (!beside) ++depth;
      for (const std::size_t f : weights_of_.at(m)) describe_weight(reading_.findings[f], i, depth);
    }
    for (Finding& f : reading_.findings) describe_vector(f);
    traits_.depth = depth;
    for (const NamedBranch& b : blocks_.branches) traits_.branches = std::max(traits_.branches, b.branch.count);
    for (Finding& f : reading_.findings) f.parameter.transformer = traits_.has_attention;
    return traits_;
  }

 private:
  /// Queries, keys and values, gate and up, the directions of a recurrent layer read the same input.
  bool runs_beside(std::size_t a, std::size_t b) const {
    const Function fa = reading_.functions[a], fb = reading_.functions[b];
    const auto projects = [](Function f) {
      return is_one_of_functions(f, {Function::query, Function::key, Function::value, Function::packed_kv});
    };
    const auto leads = [](Function f) { return is_one_of_functions(f, {Function::ffn_gate, Function::ffn_up, Function::router}); };
    const bool same = reading_.modules[a].parent() == reading_.modules[b].parent();
    const NamedBranch* branch = blocks_.find(b);
    const bool shortcut = branch != nullptr && std::find(branch->shortcut.begin(), branch->shortcut.end(), b) != branch->shortcut.end();
    return shortcut || (same && ((projects(fa) && projects(fb)) || (leads(fa) && leads(fb)))) ||
           (in_experts(reading_.modules[a].path) && in_experts(reading_.modules[b].path) && fa == fb);
  }

  void set_norm_kinds() {
    for (const Finding& f : reading_.findings)
      if (f.parameter.geometry.role == Role::norm_scale) kinds_[f.module] = f.parameter.norm;
  }

  /// Kind of the norms that feed the branches of a model.
  std::string usual_norm() const { return kinds_.empty() ? "" : kinds_.rbegin()->second; }

  HiddenActivation activation(const Path& path, bool gated) {
    const std::string key = reading_.settings.any() ? joined(path, 1) + (gated ? "/g" : "") : gated ? "/g" : "";
    const auto [place, fresh] = activations_.try_emplace(key);
    if (fresh) place->second = activation_of(reading_, path, gated, traits_.has_attention, option_);
    return place->second;
  }

  void feed(Parameter& p, Nonlinearity& slot, const HiddenActivation& a, bool matters) {
    if (!p.adapter.empty()) return;  // its values do not depend on it
    slot = {a.name == "linear" ? "none" : a.name, {}, ""};
    if (std::find(p.evidence.begin(), p.evidence.end(), a.why) == p.evidence.end()) p.evidence.push_back(a.why);
    p.assumed = p.assumed || (a.assumed && matters);
  }

  bool gated_block(const NamedBranch& b) const {
    return std::any_of(b.members.begin(), b.members.end(), [&](std::size_t m) {
      if (is_one_of_functions(reading_.functions[m], {Function::ffn_gate, Function::ffn_up, Function::ffn_gate_up})) return true;
      for (const std::size_t f : weights_of_.at(m))
        if (!reading_.findings[f].parameter.glu.empty()) return true;
      return false;
    });
  }

  void describe_weight(Finding& finding, std::size_t order, int depth) {
    Parameter& p = finding.parameter;
    const Module& m = reading_.modules[finding.module];
    p.depth = depth;
    p.has_bias = p.has_bias || m.find("bias") != nullptr || m.find("in_proj_bias") != nullptr;
    p.branch = place_in(reading_, blocks_, finding.module);
    const NamedBranch* branch = blocks_.find(finding.module);
    const bool kernel = p.node_op == "Conv" || p.node_op == "ConvTranspose";
    p.first_layer = order == 0 && (!tokens_ || kernel) && !p.branch;
    if (!p.cell.empty()) return describe_cell(p);
    if (reading_.functions[finding.module] == Function::modulation) {
      p.followed_by = {"modulation", {}, ""};
      return;
    }
    if (branch != nullptr && !branch->convolutional) return describe_transformer(finding, *branch);
    describe_chain(finding, order);
  }

  void describe_cell(Parameter& p) {
    p.followed_by = {p.cell == "rnn" ? "tanh" : "gates", {}, ""};
    if (p.cell == "rnn") {
      const HiddenActivation a = activation(reading_.modules.front().path, false);
      if (a.name == "relu" && !a.assumed) p.followed_by.name = "relu";
      p.evidence.push_back("its nonlinearity is *assumed* to be " + p.followed_by.name);
      p.assumed = true;
    }
    if (p.recurrent) p.fed_by = p.followed_by;
  }

  void describe_transformer(Finding& finding, const NamedBranch& b) {
    Parameter& p = finding.parameter;
    const Module& m = reading_.modules[finding.module];
    const Function f = reading_.functions[finding.module];
    const bool out = f == Function::attention_out || f == Function::ffn_out || p.branch->position == BranchPosition::last;
    p.evidence.push_back(std::string(to_string(p.branch->position)) + " in residual branch " + std::to_string(p.branch->index + 1) +
                         " of " + std::to_string(p.branch->count) + ", " + b.block);
    if (b.norm_assumed) {
      p.assumed = true;
      p.evidence.push_back(std::string("norms are *assumed* to stand ") + (b.branch.norm == BranchNorm::pre ? "before" : "behind") +
                           " the branches");
    }
    if (f == Function::attention_out) {
      p.fed_by = {"softmax", {}, ""};
      return;
    }
    if (!b.attention && f != Function::router) {
      const bool gated = gated_block(b);
      const HiddenActivation a = activation(m.path, gated);
      if (out || (f == Function::other && p.branch->position == BranchPosition::inner))
        feed(p, p.fed_by, a, false);
      else if (f != Function::ffn_up)
        feed(p, p.followed_by, a, false);
      if (f == Function::ffn_gate_up || p.glu == "gate_up") p.followed_by.name = "mixed";
    }
    if (f == Function::router) p.followed_by = {"softmax", {}, ""};
    if (p.branch->position == BranchPosition::first || f == Function::router)
      p.norm_before = b.branch.norm == BranchNorm::none || b.branch.norm == BranchNorm::end ? "" : usual_norm();
  }

  bool branch_widens(const NamedBranch& b) const {
    return std::any_of(b.members.begin(), b.members.end(), [&](std::size_t m) { return reading_.functions[m] == Function::ffn_in; });
  }

  /// Of the layers of one head, the last; a dense layer with a norm behind it is none even where it stands alone (its decoder is tied).
  bool ends_head(std::size_t order) const {
    const Module& m = reading_.modules[weighted_[order]];
    if (path_has_word(m.path, {"transform"})) return false;
    const bool last = order + 1 == weighted_.size() || m.path.size() < 2 ||
                      reading_.modules[weighted_[order + 1]].path[0].text != m.path[0].text || m.path[0].text == "model";
    return last && !(m.last() == "dense" && (reading_.sibling(m, "layer_norm") != nullptr || reading_.sibling(m, "norm") != nullptr));
  }

  /// Chains of layers and convolutional blocks: one activation between two layers, none behind the last.
  void describe_chain(Finding& finding, std::size_t order) {
    Parameter& p = finding.parameter;
    const Module& m = reading_.modules[finding.module];
    const bool pooler = path_has_word(m.path, {"pooler"});
    const bool head = !p.branch && !pooler && says_head(m);
    p.last_layer = !p.branch && !pooler && (head && traits_.has_attention ? ends_head(order) : order + 1 == weighted_.size());
    if (traits_.has_attention && !p.branch) {
      if (pooler) p.followed_by = {"tanh", {}, ""};
      if (head && !p.last_layer) feed(p, p.followed_by, activation(m.path, false), false);
      if (p.last_layer) p.norm_before = usual_norm();
      return;
    }
    const HiddenActivation a = activation(m.path, false);
    const Module* norm = norm_of(reading_, m);
    const bool pre = p.branch && p.branch->norm == BranchNorm::pre;
    if (norm != nullptr) {
      const auto kind = kinds_.find(static_cast<std::size_t>(norm - reading_.modules.data()));
      if (kind != kinds_.end()) (pre ? p.norm_before : p.norm_after) = kind->second;
    }
    const bool ends = p.branch && (p.branch->position == BranchPosition::last || p.branch->position == BranchPosition::shortcut);
    if (p.branch)
      p.evidence.push_back(std::string(to_string(p.branch->position)) + " in residual branch " + std::to_string(p.branch->index + 1) +
                           " of " + std::to_string(p.branch->count) + ", " + p.branch->add);
    const bool after_cell = order > 0 && !reading_.findings[weights_of_.at(weighted_[order - 1]).front()].parameter.cell.empty();
    const bool after_table = order == 0 && tokens_;
    if (after_cell)
      p.fed_by = {"gates", {}, ""};
    else if (!p.first_layer && !after_table && order > 0)
      feed(p, p.fed_by, a, p.norm_after != "batch_norm");
    // in a block that widens and narrows (ConvNeXt), only the wide layer is followed by the activation
    const bool narrow = p.branch && branch_widens(*blocks_.find(finding.module)) && reading_.functions[finding.module] != Function::ffn_in;
    if (narrow && reading_.functions[finding.module] != Function::ffn_out) p.fed_by = {};
    if (narrow || path_has_word(m.path, {"patch_embeddings", "patch_embed", "downsampling_layer"})) return;
    if (!p.last_layer && !ends) feed(p, p.followed_by, a, p.first_layer && p.norm_after.empty());
  }

  void describe_vector(Finding& f) {
    Parameter& p = f.parameter;
    const Role role = p.geometry.role;
    if (is_norm_role(role)) p.branch = place_of_norm(reading_, blocks_, f.module);
    if (role == Role::layer_scale || role == Role::residual_scale) p.branch = place_of_scale(reading_, blocks_, f.module);
    if (role != Role::weight_norm_gain) return;
    const auto weights = weights_of_.find(f.module);
    if (weights == weights_of_.end()) return;
    const Parameter& weight = reading_.findings[weights->second.front()].parameter;
    p.fed_by = weight.fed_by;
    p.branch = weight.branch;
    p.assumed = weight.assumed;
    p.evidence.insert(p.evidence.end(), weight.evidence.begin() + 1, weight.evidence.end());
  }

  Reading& reading_;
  std::string option_;
  std::vector<std::size_t> weighted_, norms_;
  std::map<std::size_t, std::vector<std::size_t>> weights_of_;
  std::map<std::size_t, std::string> kinds_;
  std::map<std::string, HiddenActivation> activations_;
  Blocks blocks_;
  ModelTraits traits_;
  bool tokens_ = false;
};

}  // namespace

ModelTraits add_neighbours(Reading& reading, const std::string& activation) { return Describer(reading, activation).describe(); }

}  // namespace evenkeel::names
