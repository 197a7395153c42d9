// SPDX-License-Identifier: Apache-2.0
// Follows the output channels of one layer forward and tells which of them end up where: the rows of a packed weight that are q, k, v, gate
// or up.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/roles/attention.hpp"
#include "graph/roles/residual.hpp"

namespace evenkeel::roles {

/// Channels [begin, end) arrive at `stop`: "q", "k", "v", an activation's name, "product", "sum", "layer", "residual_add", "output",
/// "norm", ...
struct ChannelEnd {
  std::string stop;
  NodeId node = absent;
  ValueId value = absent;  // the value that arrives
  std::int64_t begin = 0, end = 0;
  bool whole_range = true;  // all of [begin, end) and nothing else; false where they are interleaved
  std::int64_t count = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> blocks;  // contiguous runs, in order; one where whole_range
};

/// `axis` of the layer's output holds the channels. Sums with other layers' outputs are passed, so gates of unrolled cells are seen.
[[nodiscard]] std::vector<ChannelEnd> channel_ends(const Flow& flow, const Attentions& attentions, const Residuals& residuals,
                                                   ValueId output, std::int64_t axis);

}  // namespace evenkeel::roles
