// SPDX-License-Identifier: Apache-2.0
// Gaussian moments of an activation and the gains that follow from them; z ~ N(0, 1).
#pragma once

#include "evenkeel/theory/activation.hpp"

namespace evenkeel {

/// E phi(sqrt(q) z), E phi(sqrt(q) z)^2, E phi'(sqrt(q) z)^2, to 1e-12 relative.
struct ActivationMoments {
  double mean = 0, second = 0, slope_second = 0;
};
[[nodiscard]] ActivationMoments moments_of(const Activation& activation, double q = 1);

/// 1/sqrt(E phi^2): keeps the second moment of the signal.
[[nodiscard]] double forward_gain(const Activation& activation);
/// 1/sqrt(E phi'^2): keeps the size of the gradient. Throws unsupported for an activation with jumps.
[[nodiscard]] double backward_gain(const Activation& activation);
/// 1/std phi (scaled weight standardization, NFNet).
[[nodiscard]] double centred_gain(const Activation& activation);

}  // namespace evenkeel
