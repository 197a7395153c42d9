// SPDX-License-Identifier: Apache-2.0
// config.json, which stands beside a file of weights and says what the names do not: activation, heads, widths.
#pragma once

#include <filesystem>

#include "evenkeel/graph/graph.hpp"

namespace evenkeel::json {

/// Fills Graph::settings and settings_origin from the config.json in the folder of `model`, flattened ("text_config.hidden_act"); leaves
/// them empty where there is none. Nulls, nested lists and lists of mixed or other elements are no settings and are passed over. Throws
/// bad_file for one that cannot be read: weights made for another activation than the file's would be a silent mistake.
void read_settings(const std::filesystem::path& model, Graph& graph);

}  // namespace evenkeel::json
