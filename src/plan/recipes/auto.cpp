// SPDX-License-Identifier: Apache-2.0
// auto: the exact rule from what the graph shows. Precedence: what is kept; vectors and tables; rows that name a norm; residual branches;
// the activation that feeds.
#include "plan/recipes/groups.hpp"

namespace evenkeel::recipes {

Recipe auto_recipe() {
  return {"auto", recipe_summary("auto"), FanRule::exact,
          joined({kept_rules(), adapter_rules(), statistics_rules(), auto_vector_rules(), norm_vector_rules(), bias_rules(), scalar_rules(),
                  auto_table_rules(), auto_recurrent_rules(), auto_residual_rules(), auto_activation_rules()})};
}

}  // namespace evenkeel::recipes
