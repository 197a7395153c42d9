// SPDX-License-Identifier: Apache-2.0
// Words for branch positions and norms.
#include "evenkeel/graph/parameter.hpp"

namespace evenkeel {

std::string_view to_string(BranchPosition position) noexcept {
  switch (position) {
    case BranchPosition::first:
      return "first";
    case BranchPosition::inner:
      return "inner";
    case BranchPosition::last:
      return "last";
    case BranchPosition::only:
      return "only";
    case BranchPosition::shortcut:
      return "shortcut";
    case BranchPosition::scale:
      return "scale";
    case BranchPosition::pre_norm:
      return "pre_norm";
    case BranchPosition::inner_norm:
      return "inner_norm";
    case BranchPosition::last_norm:
      return "last_norm";
  }
  return "";
}

std::string_view to_string(BranchNorm norm) noexcept {
  switch (norm) {
    case BranchNorm::none:
      return "none";
    case BranchNorm::pre:
      return "pre";
    case BranchNorm::inner:
      return "inner";
    case BranchNorm::end:
      return "end";
    case BranchNorm::pre_and_end:
      return "pre+end";
    case BranchNorm::post:
      return "post";
  }
  return "";
}

}  // namespace evenkeel
