// SPDX-License-Identifier: Apache-2.0
// Time constants of state-space layers (Mamba) and of RWKV, by the names their authors gave them.
#include "graph/names/rules.hpp"

namespace evenkeel::names {

bool find_state_space(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* own = m.find("");
  if (own == nullptr) return false;
  const std::string& t = m.last();
  const bool mixer = reading.has_sibling(m, {"a_log", "dt_bias", "conv1d", "dt_proj", "x_proj"});
  std::optional<Role> role;
  if (t == "a_log" || (t == "recurrent_param") || (t == "a" && mixer)) role = Role::ssm_a_log;
  if (t == "d" && mixer) role = Role::ssm_d;
  if (t == "dt_bias") role = Role::ssm_dt_bias;
  if (t.starts_with("time_mix") || t.starts_with("time_maa") || t == "mu") role = Role::time_mix;
  if (t.starts_with("time_decay")) role = Role::time_decay;
  if (t.starts_with("time_first") || t.starts_with("time_faaaa")) role = Role::time_first;
  if (!role) return false;
  out.push_back(make_finding(reading, module, *own, *role, "", "", Certainty::certain, t + " of a state-space layer"));
  if (const Entry* bias = m.find("bias"))
    out.push_back(make_finding(reading, module, *bias, Role::bias, "", "", Certainty::likely, "a bias, by name"));
  return true;
}

}  // namespace evenkeel::names
