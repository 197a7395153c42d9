// SPDX-License-Identifier: Apache-2.0
// Rules that give the tensors of another file the names they have in the model.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evenkeel {

class RenameRules {
 public:
  /// Throws invalid_argument for a rule without a side, or whose sides differ in their number of stars.
  explicit RenameRules(const std::vector<std::pair<std::string, std::string>>& rules);

  /// One new name per name: by the last rule that matches, else the name itself. Throws invalid_argument for a rule that matches no name
  /// (with the nearest) and for two names that become one.
  [[nodiscard]] std::vector<std::string> renamed(const std::vector<std::string>& names) const;

 private:
  std::vector<std::pair<std::string, std::string>> rules_;
};

/// TO with its stars replaced, in order.
[[nodiscard]] std::string filled_in(std::string_view to, const std::vector<std::string_view>& captures);

}  // namespace evenkeel
