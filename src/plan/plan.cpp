// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/plan.hpp"
