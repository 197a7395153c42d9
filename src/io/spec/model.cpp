// SPDX-License-Identifier: Apache-2.0
// One builder per family.
#include "io/spec/model.hpp"

#include "evenkeel/base/error.hpp"
#include "io/spec/builder.hpp"

namespace evenkeel {

std::string make_spec_model(const Spec& spec) {
  if (spec.family == "mlp") return make_mlp(spec);
  if (spec.family == "cnn") return make_cnn(spec);
  if (spec.family == "resnet") return make_resnet(spec);
  if (spec.family == "gpt") return make_gpt(spec);
  fail(ErrorCode::internal, "make_spec_model: no builder for the family '" + spec.family + "'");
}

}  // namespace evenkeel
